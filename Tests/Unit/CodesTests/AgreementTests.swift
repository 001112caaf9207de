import Testing

@testable import Codes

@Suite struct AgreementTests {
    private func reconcile(_ provider: String?, _ text: String) -> String? {
        CodeExtractor.reconcile(provider: provider, text: text)
    }

    @Test("without a provider's code it is ours")
    func ours() {
        #expect(reconcile(nil, "Your code is 551-902") == "551902")
        #expect(reconcile("", "Your code is 551-902") == "551902")
        #expect(reconcile("  ", "Your code is 551-902") == "551902")
        #expect(reconcile(nil, "Hello") == nil)
    }

    @Test("a provider's code that stands in the text is taken, in the form a person types")
    func agreement() {
        for written in ["551902", "551-902", "551 902", " 551902 ", "５５１９０２", "٥٥١٩٠٢"] {
            for shown in ["551902", "551-902", "551 902", "۵۵۱۹۰۲", "551\u{A0}902", "\u{200E}551902\u{200F}"] {
                #expect(reconcile(written, "Your code is \(shown). Never share it.") == "551902")
            }
        }
        #expect(reconcile("G-551902", "G-551902 is your Google verification code.") == "551902")
        #expect(reconcile("551902", "G-551902 is your Google verification code.") == "551902")
        #expect(reconcile("FB-55190", "FB-55190 is your Facebook code") == "55190")
        #expect(reconcile("x7k-92q", "Your login code: X7K-92Q") == "X7K-92Q")
        #expect(reconcile("X7K92Q", "Your login code: X7K-92Q") == "X7K-92Q")
    }

    @Test("the provider comes first where the text has several numbers")
    func precedence() {
        #expect(reconcile("5519", "Door 5519. Your code is 662718.") == "5519")
    }

    @Test(
        "a provider's code that is not in the text, or is a part of something longer there, is no code",
        arguments: ["551903", "55190", "51902", "5519020", "1902", "your", "99", "551902662718", "Y", "WAIT", "CODE"])
    func disagreement(_ provider: String) {
        #expect(reconcile(provider, "Your code is 551902. Never share it.") == nil)
    }

    @Test("a piece of a grouped code, a price or a time is no code")
    func pieces() {
        #expect(reconcile("9021", "Your code is 551-9021") == nil)
        #expect(reconcile("551", "Your code is 551-902") == nil)
        #expect(reconcile("1299", "OTP 662718 for 1299.50 EUR") == nil)
        #expect(reconcile("2026", "OTP 662718, 12/03/2026") == nil)
    }

    @Test("without a text there is nothing to contradict the provider")
    func withoutText() {
        #expect(reconcile("551-902", "") == "551902")
        #expect(reconcile("551902", " \n") == "551902")
        #expect(reconcile("", "") == nil)
        #expect(reconcile("no code yet, wait", "") == nil)
    }

    @Test("a code said in words agrees with the provider's digits")
    func voice() {
        let text = "Your code is four, eight, two, nine, one, three. Again: four, eight, two, nine, one, three."
        #expect(CodeExtractor.reconcile(provider: "482913", text: text, voice: true) == "482913")
        #expect(CodeExtractor.reconcile(provider: "482914", text: text, voice: true) == nil)
    }

    @Test("comparing takes a time in proportion to the text, whatever is repeated in it")
    func adversarial() {
        // Were it not bounded by the code's length, this would be sixteen million comparisons.
        #expect(reconcile("1111111111111112", String(repeating: "1 ", count: 2000)) == nil)
    }
}
