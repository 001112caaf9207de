import Kit
@testable import Providers
import Testing

/// Between the platform's slugs and the upstreams' words there are no holes.
@Suite struct NameTests {
    @Test("Every country of ours has an id, or stands in the list of those that are not sold, and never both")
    func countries() {
        let sold = SMSActivateCountryTable.ids.allSlugs
        let unsold = SMSActivateCountryTable.unsold
        let all = Set(Country.all.map(\.slug))
        #expect(all.subtracting(sold) == unsold)
        #expect(sold.intersection(unsold).isEmpty)
        #expect(sold.isSubset(of: all), "an id for what is no country of ours")
    }

    @Test("Ids lead back to the slug they came from, overridden ones too")
    func overrides() {
        for dialect in [SMSActivateDialect.smsActivate, .hero, .grizzly, .smsBower, .vak] {
            let ids = dialect.countries
            for slug in ids.allSlugs { #expect(ids.word(slug).flatMap { ids.slug($0) } == slug) }
        }
        #expect(SMSActivateDialect.smsActivate.countries.word("russia") == 0)
        #expect(SMSActivateDialect.hero.countries.word("russia") == 222)
        #expect(SMSActivateDialect.hero.countries.slug(0) == nil)
        #expect(SMSActivateDialect.hero.countries.word("southkorea") == 190)
        #expect(SMSActivateDialect.smsActivate.countries.word("southkorea") == nil)
    }

    @Test("Service codes lead back to the slug they came from")
    func services() {
        let codes = SMSActivateServiceTable.codes
        for slug in codes.allSlugs { #expect(codes.word(slug).flatMap { codes.slug($0) } == slug) }
        #expect(codes.word("telegram") == "tg" && codes.slug("wa") == "whatsapp" && codes.word("nosuch") == nil)
    }
}
