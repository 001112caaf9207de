/// What is ordered and sold: numbers for a service in a country.
package struct Goods: Hashable, Sendable {
    package let country: String
    package let service: String

    package init(country: String, service: String) {
        self.country = country
        self.service = service
    }
}
