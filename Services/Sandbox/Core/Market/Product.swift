/// A service whose messages are received, or a span of time a number is rented for.
package struct Product: Sendable {
    package enum Category: String, Sendable {
        case activation, hosting
    }

    package let index: Int
    package let slug: String
    /// How the brand writes itself.
    package let title: String
    package let category: Category
    /// How long a rental lasts; nil for a service.
    package let lifetime: Duration?

    /// Every product, the most wanted first, rentals last.
    package static let all: [Product] = {
        var products: [Product] = []
        var seen: Set<Substring> = []
        for entry in ProductTable.activation.split(separator: " ") {
            let parts = entry.split(separator: "=")
            guard seen.insert(parts[0]).inserted else { continue }
            let title =
                parts.count > 1
                ? parts[1].split(separator: "-").joined(separator: " ")
                : parts[0].prefix(1).uppercased() + parts[0].dropFirst()
            products.append(
                Product(
                    index: products.count, slug: String(parts[0]), title: title, category: .activation, lifetime: nil))
        }
        for (slug, hours) in ProductTable.hosting {
            products.append(
                Product(
                    index: products.count, slug: slug, title: slug, category: .hosting,
                    lifetime: .seconds(hours * 3600)))
        }
        return products
    }()

    package static func slug(_ slug: String) -> Product? { bySlug[slug].map { all[$0] } }
    private static let bySlug = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0.index) })
}
