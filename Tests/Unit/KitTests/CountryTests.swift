import Kit
import Testing

@Suite("Countries")
struct CountryTests {
    @Test("every slug, ISO code and name is there once, and each finds its country")
    func lookup() {
        #expect(Country.all.count >= 150)
        #expect(Set(Country.all.map(\.slug)).count == Country.all.count)
        #expect(Set(Country.all.map(\.iso)).count == Country.all.count)
        #expect(Country.all.map(\.slug) == Country.all.map(\.slug).sorted())
        for country in Country.all {
            #expect(Country.slug(country.slug) == country)
            #expect(Country.iso(country.iso) == country)
            #expect(country.slug.utf8.allSatisfy { (0x61...0x7A).contains($0) })
            #expect(country.prefix.hasPrefix("+") && (2...4).contains(country.prefix.utf8.count))
            #expect(country.flag.unicodeScalars.count == 2 && country.flag.count == 1)
        }
        #expect(Country.find("england") == Country.find("gb"))
        #expect(Country.find("") == nil)
        #expect(Country.slug("atlantis") == nil)
        #expect(Country.iso("ZZ") == nil)
    }

    @Test(
        "the slugs that mislead stand for the right country",
        arguments: [
            ("england", "GB"), ("uk", "GB"), ("bih", "BA"), ("tit", "TT"), ("bhutane", "BT"), ("dominicana", "DO"),
            ("dominica", "DM"), ("salvador", "SV"), ("swaziland", "SZ"), ("macau", "MO"), ("congo", "CG"),
            ("niger", "NE"), ("nigeria", "NG"), ("guinea", "GN"), ("northmacedonia", "MK"),
        ])
    func traps(slug: String, iso: String) {
        #expect(Country.slug(slug)?.iso == iso)
    }

    @Test("a flag is the two letters of the ISO code as regional indicators")
    func flags() {
        #expect(Country.slug("england")?.flag == "🇬🇧")
        #expect(Country.iso("us")?.flag == "🇺🇸")
        #expect(Country.iso("UK")?.name == "United Kingdom")
    }
}
