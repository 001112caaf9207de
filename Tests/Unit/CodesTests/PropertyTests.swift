import Testing

@testable import Codes

/// A generator that gives the same row for the same seed, so that a failure can be seen again.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct PropertyTests {
    /// Sentences with a code, in a form that leaves no doubt.
    static let templates = [
        "Your Example verification code is #.", "# is your Example code.", "Code: #.", "Use code # to sign in.",
        "Ihr Bestätigungscode lautet #.", "# ist Ihr Code.", "Votre code de vérification est #.", "Tu código es #.",
        "Seu código é #.", "Il tuo codice di verifica è #.", "Je code is #.", "Twój kod: #.", "Váš ověřovací kód je #.",
        "Doğrulama kodunuz: #.", "Ваш код: #.", "# — ваш код подтверждения.", "Ваш код підтвердження: #.",
        "Ο κωδικός επαλήθευσης είναι #.", "קוד האימות שלך הוא #.", "رمز التحقق الخاص بك هو #.", "کد تایید شما: #",
        "आपका OTP # है।", "รหัสยืนยันของคุณคือ #", "Mã xác nhận của bạn là #.", "Kode verifikasi Anda: #.",
        "验证码：#。", "認証コードは#です。", "인증번호는 [#] 입니다.",
    ]

    /// Sentences with numbers that are no codes.
    static let decoys = [
        "Call +1 415 555 0134 for help.", "Total: $1,299.00.", "Order #88120934 has shipped.", "Card ending 4410.",
        "Valid for 10 minutes.", "Requested on 12/03/2026 at 14:05.", "See https://example.com/lock/552013.",
        "Reply STOP to 24680.", "You saved 25%.", "Ref no 20264410.", "Betrag 49,90 EUR.", "Карта *4417.",
        "Покупка 3 490.00р.", "订单号88120934。", "尾号4410。", "Flight BA2490 departs at 18:45.", "Balance: INR 12,499.00.",
        "Tracking number RR123456785CN.", "Téléphone 01 23 45 67 89.", "Rechnung 20264411.",
        "Do not share it with anyone.", "Our staff will never ask for it.",
    ]

    @Test("sentences with other numbers, before or behind, change nothing about the code found", arguments: 0..<40)
    func decoysChangeNothing(_ seed: Int) {
        var generator = Seeded(state: UInt64(seed))
        for template in Self.templates {
            let count = [4, 5, 6, 6, 6, 7, 8].randomElement(using: &generator) ?? 6
            // A first digit that makes no year, so that only the decoys are in doubt.
            let code = "7" + (1..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
            let separator = ["", "-", " "].randomElement(using: &generator) ?? ""
            let shown = count == 6 ? String(code.prefix(3)) + separator + String(code.suffix(3)) : code
            var sentences = [Self.write(shown, in: template)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                guard let decoy = Self.decoys.randomElement(using: &generator) else { continue }
                sentences.insert(decoy, at: Int.random(in: 0...sentences.count, using: &generator))
            }
            let text = sentences.joined(separator: Bool.random(using: &generator) ? " " : "\n")
            #expect(CodeExtractor.code(in: text) == code, "\(text)")
        }
    }

    @Test("decoys alone give no code, in any order", arguments: 0..<40)
    func decoysAlone(_ seed: Int) {
        var generator = Seeded(state: UInt64(seed))
        let text = Self.decoys.shuffled(using: &generator).prefix(5).joined(separator: " ")
        #expect(CodeExtractor.code(in: text) == nil, "\(text)")
    }

    @Test("the digits of every script, and marks and odd spaces about them, change nothing")
    func scripts() {
        for zero: UInt32 in [0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xED0, 0x1040, 0x17E0, 0xFF10, 0x1D7CE] {
            let code = [5, 5, 1, 9, 0, 2].compactMap { Unicode.Scalar(zero + $0).map(Character.init) }
            for mark in ["", "\u{200E}", "\u{200F}", "\u{202A}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{AD}"] {
                let marked = mark + code.map(String.init).joined(separator: mark) + mark
                #expect(CodeExtractor.code(in: "Your code is \(marked).") == "551902")
            }
            for space in ["\u{A0}", "\u{202F}", "\u{2009}", "\u{2007}", "\u{3000}", "\u{2011}", "\u{2013}"] {
                let grouped = String(code.prefix(3)) + space + String(code.suffix(3))
                #expect(CodeExtractor.code(in: "Your code is \(grouped).") == "551902")
            }
        }
    }

    @Test("accents, composed or not, and case change nothing")
    func accents() {
        for word in ["código", "co\u{301}digo", "CÓDIGO", "codigo", "Co\u{301}digo"] {
            #expect(CodeExtractor.code(in: "\(word): 551902") == "551902")
        }
        for word in ["mã xác nhận", "ma xac nhan", "MÃ XÁC NHẬN", "ma\u{303} xa\u{301}c nha\u{323}\u{302}n"] {
            #expect(CodeExtractor.code(in: "551902 la \(word)") == "551902")
        }
    }

    @Test("any text is answered, whatever is in it", arguments: 0..<200)
    func noise(_ seed: Int) {
        var generator = Seeded(state: UInt64(seed))
        let pieces = [
            "code", " ", "12", "-", "\n", "@", "#", ".", "код", "验证码", "5519", "X7", "$", "*", ":", "/", "\u{200F}",
        ]
        let text = (0..<60).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
        for voice in [nil, true, false] {
            if let code = CodeExtractor.code(in: text, voice: voice) {
                #expect((3...16).contains(code.utf8.count), "\(text)")
                #expect(code.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(text)")
            }
        }
    }

    private static func write(_ code: String, in template: String) -> String {
        template.split(separator: "#", omittingEmptySubsequences: false).joined(separator: code)
    }
}

@Suite struct WorkTests {
    static let pieces = [
        "1", "12 ", "551902 ", "1-", "1 ", "1.", "1,", "1:", "1/", "code ", "code: ", "order ", "ord", "A1-", "X7K-",
        "aaaa",
        "verification code ", "no longer valid ", "old code ", "order no ", "@example.com #", "@", "://", "a.b/", "验证码",
        "验",
        "five ", "double ", "\u{301}", "\u{200F}", "$1 ", "*1234 ", ". ", "\n", "one time ",
        "code 551902 order 551902 ",
    ]

    @Test("the work grows no faster than the text, whatever is repeated in it", arguments: pieces)
    func linear(_ piece: String) {
        func work(_ length: Int) -> Int {
            var text = ""
            while text.unicodeScalars.count < length { text += piece }
            var analysis = Analysis(text, isVoice: nil)
            _ = CodeExtractor.extract(&analysis)
            return analysis.work
        }
        let (small, large) = (work(1000), work(4000))
        #expect(large <= small * 5 + 200, "\(small) → \(large)")
        // And in all: so many looks at a character, on average, as the longest words allow.
        #expect(large <= 4100 * 40, "\(large)")
    }

    @Test("no more than the first 4 096 characters are looked at, dropped marks included")
    func limit() {
        let far = String(repeating: "x ", count: 2100) + "Your code is 551902"
        #expect(CodeExtractor.code(in: far) == nil)
        let near = String(repeating: "x ", count: 2000) + "Your code is 551902"
        #expect(CodeExtractor.code(in: near) == "551902")
        let marks = String(repeating: "\u{200F}", count: 5000) + "Your code is 551902"
        #expect(CodeExtractor.code(in: marks) == nil)
        var analysis = Analysis(String(repeating: "code 551902 ", count: 100_000), isVoice: nil)
        _ = CodeExtractor.extract(&analysis)
        #expect(analysis.work < 4100 * 40)
    }
}

@Suite struct FoldingTests {
    @Test("every decimal digit of Unicode is known, and nothing else is taken for one")
    func digits() {
        for value: UInt32 in 0...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isDigit = scalar.properties.generalCategory == .decimalNumber
            let expected = isDigit ? scalar.properties.numericValue.map { UInt32($0) } : nil
            #expect(Folding.digit(value) == expected, "U+\(String(value, radix: 16))")
        }
    }

    @Test("no letter folds to a mark or a digit, and folding twice is folding once")
    func letters() {
        for value: UInt32 in 0x20...0xFFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let folded = Folding.letter(value)
            #expect(Folding.letter(folded) == folded, "U+\(String(value, radix: 16))")
            if scalar.properties.isAlphabetic, let other = Unicode.Scalar(folded) {
                #expect(other.properties.isAlphabetic, "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test("every word of the tables is found in itself")
    func tables() {
        let all: [(CueKind, [String])] = [
            (.strong, KeyWords.strong), (.plain, KeyWords.plain), (.weak, KeyWords.weak), (.lead, DecoyWords.lead),
            (.selling, DecoyWords.selling), (.voidsBefore, DecoyWords.voidsBefore),
            (.voidsAfter, DecoyWords.voidsAfter),
            (.unit, DecoyWords.unit), (.currency, DecoyWords.currency), (.month, DecoyWords.month),
            (.connector, DecoyWords.connector),
        ]
        var count = 0
        for (kind, lines) in all {
            for word in lines.flatMap({ $0.split(whereSeparator: { $0 == "," || $0 == "\n" }) }) {
                let bare = String(word.filter { $0 != "*" })
                let text = NormalizedText(bare)
                guard text.count > 0 else { continue }
                count += 1
                let start = text.folded.firstIndex { $0 != Scalar.space } ?? 0
                var work = 0
                let match = CueKind.words.match(in: text, at: start, work: &work)
                #expect(match?.end == text.count, "\(bare)")
                let kinds = CueKind(rawValue: match?.payload ?? 0)
                #expect(kinds.contains(kind), "\(bare)")
            }
        }
        #expect(count > 1500)
    }
}
