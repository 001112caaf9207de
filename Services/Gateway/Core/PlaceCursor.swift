/// Where a page of prices ended: at a service of a country.
package struct PlaceCursor: Hashable, Sendable, LosslessStringConvertible {
    package let country: String
    package let service: String

    package init(country: String, service: String) {
        self.country = country
        self.service = service
    }

    package init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "p", !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        (country, service) = (String(parts[1]), String(parts[2]))
    }

    package var description: String { "p.\(country).\(service)" }
}
