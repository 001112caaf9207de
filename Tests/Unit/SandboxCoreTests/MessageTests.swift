import Testing

@testable import SandboxCore

@Suite("What the simulated services write")
struct MessageTests {
    private let composer = MessageComposer(seed: 2)
    private static let languages = Set(Market(seed: 2).places.map(\.language)).sorted()

    /// The text with the digits of any script as ASCII and without what stands between groups.
    private func plain(_ text: String) -> String {
        String(
            text.compactMap { character -> Character? in
                if character == "-" || character == " " { return nil }
                return character.wholeNumberValue.flatMap { String($0).first } ?? character
            })
    }

    @Test("every product has a text in every language, with its code in it and nothing left to fill in")
    func everyProduct() {
        for product in Product.all {
            for (index, language) in Self.languages.enumerated() {
                // Services with several texts are drawn from more than once.
                for ordinal in 0..<(Wording.of(product.slug) == nil ? 1 : 4) {
                    let content = composer.compose(
                        product: product, language: language, order: Int64(index), ordinal: ordinal)
                    #expect(!content.text.isEmpty && !content.sender.isEmpty)
                    #expect(plain(content.text).contains(content.code), "\(product.slug) \(language): \(content.text)")
                    #expect(!content.text.contains("{") && !content.text.contains("\\n"))
                }
            }
        }
    }

    @Test("at least 25 services have words of their own, most of them in several languages")
    func width() throws {
        let services = Wording.services
        #expect(services.count >= 25)
        for service in services {
            #expect(Product.slug(service) != nil, "\(service) is sold")
            let wording = try #require(Wording.of(service))
            #expect(!wording.texts("en").isEmpty, "\(service)")
        }
        let several = services.filter { service in
            guard let wording = Wording.of(service) else { return false }
            return Self.languages.filter { wording.texts($0) != wording.texts("xx") }.count >= 1
        }
        #expect(several.count >= 25)
    }

    @Test("every language of the market has words for anybody")
    func generic() {
        for language in Self.languages where language != "en" {
            #expect(Wording.generic.texts(language) != Wording.generic.texts("en"), "\(language)")
        }
    }

    @Test("the codes look as the services write them")
    func formats() throws {
        func message(_ slug: String) throws -> MessageComposer.Content {
            composer.compose(product: try #require(Product.slug(slug)), language: "en", order: 9, ordinal: 0)
        }
        #expect(try message("google").text.contains(/G-\d{6} is your Google/))
        #expect(try message("whatsapp").text.contains(/\d{3}-\d{3}/))
        #expect(try message("telegram").code.wholeMatch(of: /\d{5}/) != nil)
        #expect(try message("blizzard").code.wholeMatch(of: /[A-Z2-9]{6}/) != nil)
        #expect(try message("coinbase").code.wholeMatch(of: /\d{7}/) != nil)
    }

    @Test("messages of one order differ, the same message is always the same")
    func repeatability() throws {
        let telegram = try #require(Product.slug("telegram"))
        let first = composer.compose(product: telegram, language: "fa", order: 1, ordinal: 0)
        #expect(first == composer.compose(product: telegram, language: "fa", order: 1, ordinal: 0))
        #expect(first.code != composer.compose(product: telegram, language: "fa", order: 1, ordinal: 1).code)
        #expect(first.code != composer.compose(product: telegram, language: "fa", order: 2, ordinal: 0).code)
    }

    @Test("the provider's parser takes the first four to eight digits, one hyphen allowed")
    func parser() {
        #expect(Seller.parse("Code 12345.") == "12345")
        #expect(Seller.parse("704-558 is your code") == "704558")
        #expect(Seller.parse("G-640275") == "640275")
        #expect(Seller.parse("call 12 or 123") == nil)
        #expect(Seller.parse("number 1234567890123, code 4711") == "4711")
        #expect(Seller.parse("") == nil)
    }
}
