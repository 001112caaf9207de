/// A country that numbers are sold in: the slug that 5SIM and our API name it by, and what people read.
///
/// The list is fixed when we are built and ordered by slug. Providers may know further countries; they are then sold
/// under the provider's own slug, without flag or name.
package struct Country: Hashable, Sendable {
    /// Lower-case letters only: `england`, `usa`, `ivorycoast`.
    package let slug: String
    /// ISO 3166-1 alpha-2, upper case: `GB`.
    package let iso: String
    /// The usual English short name.
    package let name: String
    /// The ITU calling code with `+`; every number of the country begins with it. `+1` for all of North America.
    package let prefix: String

    /// The flag emoji: the two letters of the ISO code as regional indicator symbols (Unicode UTS #51).
    package var flag: String {
        var scalars = String.UnicodeScalarView()
        for letter in iso.unicodeScalars {
            if let scalar = Unicode.Scalar(0x1F1E6 + letter.value - 0x41) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    /// Every country, by slug.
    package static let all = CountryTable.rows.map {
        Country(slug: $0.slug, iso: $0.iso, name: $0.name, prefix: $0.prefix)
    }

    /// The country a provider's or caller's slug names. 5SIM has been seen to write the United Kingdom `uk` too.
    package static func slug(_ slug: String) -> Country? {
        bySlug[slug == "uk" ? "england" : slug].map { all[$0] }
    }

    /// The country of an ISO 3166-1 alpha-2 code, in either case; `UK` is taken for `GB`, as people write it.
    package static func iso(_ code: String) -> Country? {
        let upper = code.uppercased()
        return byISO[upper == "UK" ? "GB" : upper].map { all[$0] }
    }

    /// The country that a caller names, by slug or by ISO code.
    package static func find(_ text: String) -> Country? { slug(text) ?? iso(text) }

    private static let bySlug = Dictionary(
        uniqueKeysWithValues: CountryTable.rows.enumerated().map { ($1.slug, $0) })
    private static let byISO = Dictionary(
        uniqueKeysWithValues: CountryTable.rows.enumerated().map { ($1.iso, $0) })
}
