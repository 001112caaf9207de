import Testing

@testable import Codes

/// Codes that are said: digits as words, one by one, twice over, in several languages.
@Suite struct SpokenTests {
    private func code(_ text: String) -> String? { CodeExtractor.code(in: text, voice: true) }

    @Test(
        "Transcripts that say a code",
        arguments: [
            ("four eight two one", "4821"), ("Four, eight, two, one.", "4821"), ("4 8 2 1", "4821"),
            ("Your code is 4. 8. 2. 1.", "4821"), ("Your code is 4, 8, 2, 1.", "4821"),
            ("your code is 4-8-2-1", "4821"),
            ("Your code is four eight double five", "4855"), ("the code is double five double zero", "5500"),
            ("your code is triple seven one", "7771"), ("Your code is oh four two niner", "0429"),
            ("four eight two one, again, four eight two one", "4821"),
            ("Four eight two one. Four eight two one. Four eight two one.", "4821"),
            ("Your verification code is: 4, 8, 2, 1, 9, 3. Again, your code is: 4, 8, 2, 1, 9, 3. Goodbye.", "482193"),
            (
                "Hello. Your verification code is four, eight, two, one, nine, three. Once again: four, eight, two, "
                    + "one, nine, three. Goodbye.", "482193"
            ),
            (
                "Thank you for using our phone verification system. Your code is five one nine zero two two. "
                    + "Once again, your code is 5 1 9 0 2 2.", "519022"
            ),
            ("Your code is four eight two, then nine one three", "482913"), ("Your code is 482913", "482913"),
            ("Your code is 482 913", "482913"), ("Your Telegram code is 4 8 2 1 9.", "48219"),
            ("vier acht zwei eins", "4821"), ("Ihr Code lautet vier, acht, zwo, eins.", "4821"),
            ("Ihr Bestätigungscode ist fünf, eins, neun, null. Ich wiederhole: fünf, eins, neun, null.", "5190"),
            ("quatre huit deux un", "4821"), ("Votre code est cinq, un, neuf, zéro, deux, deux.", "519022"),
            ("Votre code de vérification est quatre huit deux un. Je répète : quatre huit deux un.", "4821"),
            ("cuatro ocho dos uno", "4821"),
            ("Su código es cinco, uno, nueve, cero. Repito: cinco, uno, nueve, cero.", "5190"),
            ("четыре восемь два один", "4821"),
            ("Ваш код: пять, один, девять, ноль. Повторяю: пять, один, девять, ноль.", "5190"),
            ("quatro oito dois um", "4821"),
            ("O seu código é cinco, um, nove, zero. Repetindo: cinco, um, nove, zero.", "5190"),
            ("Seu código é meia dois três nove", "6239"),
        ])
    func said(_ text: String, _ expected: String) {
        #expect(code(text) == expected, "\(text)")
    }

    @Test(
        "Transcripts that say none",
        arguments: [
            "", "Hello?", "Hello, is anybody there? One moment please.", "one two three",
            "Press one to accept, two to decline.",
            "I have two dogs, three cats and one bird.", "Please call back at five.", "Goodbye.",
            "four eight two one or nine nine two three", "The time is five thirty.",
            "Your code is four eight two one. Your code is nine nine two three.",
            "Ich habe zwei Hunde und drei Katzen.", "J'ai deux chiens et trois chats.",
            "Tengo dos perros y tres gatos.",
            "У меня две собаки и три кошки.", "Tenho dois cães e três gatos.",
            "one thousand two hundred three four five six",
            "Call us back at one eight hundred five five five zero one nine nine.", "double trouble",
            "four score and seven years ago",
        ])
    func silent(_ text: String) {
        #expect(code(text) == nil, "\(text)")
    }

    struct Speech: Sendable, CustomTestStringConvertible {
        let name: String
        let digits: [String]
        /// Where the code is said once or twice.
        let sentences: [String]
        var testDescription: String { name }
    }

    static let speeches = [
        Speech(
            name: "English", digits: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
            sentences: [
                "#", "Your code is #.", "Hello! Your verification code is: #. Again, #. Goodbye.", "# again #",
                "Your security code is #. I repeat, your security code is #.",
            ]),
        Speech(
            name: "German",
            digits: ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
            sentences: ["#", "Ihr Code lautet #.", "Ihr Bestätigungscode ist #. Ich wiederhole: #. Auf Wiederhören."]),
        Speech(
            name: "French", digits: ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
            sentences: ["#", "Votre code est #.", "Votre code de vérification est #. Je répète : #. Au revoir."]),
        Speech(
            name: "Spanish",
            digits: ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
            sentences: ["#", "Su código es #.", "Su código de verificación es #. Repito: #. Adiós."]),
        Speech(
            name: "Russian",
            digits: ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"],
            sentences: ["#", "Ваш код: #.", "Ваш код подтверждения: #. Повторяю: #. До свидания."]),
        Speech(
            name: "Portuguese",
            digits: ["zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"],
            sentences: ["#", "O seu código é #.", "Seu código de verificação é #. Repetindo: #. Até logo."]),
    ]

    @Test("Every code of four digits that differ, however it is said", arguments: speeches)
    func exhaustive(_ speech: Speech) {
        // All ordered choices of four of ten digits, of the other languages a part; the sentence and the pauses go round.
        let step = speech.name == "English" ? 1 : 7
        var turn = 0
        let pauses = [" ", ", ", ". "]
        for number in stride(from: 0, to: 10_000, by: step) {
            let digits = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10]
            guard Set(digits).count == 4 else { continue }
            let said = digits.map { speech.digits[$0] }.joined(separator: pauses[turn % 3])
            let sentence = speech.sentences[turn / 3 % speech.sentences.count]
            turn += 1
            let text = sentence.split(separator: "#", omittingEmptySubsequences: false).joined(separator: said)
            let expected = digits.map(String.init).joined()
            if code(text) != expected { Issue.record("\(text): \(code(text) ?? "nil") instead of \(expected)") }
        }
        #expect(turn == 5_040 || step > 1 && turn > 700)
    }

    @Test("Codes of four to eight digits with repeats, said digit by digit", arguments: speeches)
    func lengths(_ speech: Speech) {
        var state: UInt64 = 7
        for length in 4...8 {
            for turn in 0..<200 {
                var digits: [Int] = []
                for _ in 0..<length {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    digits.append(Int(state >> 33) % 10)
                }
                // What repeats within itself is heard as half of it; so such a one is left out.
                let isRepeated = length == 8 && digits.prefix(4) == digits.suffix(4)
                if isRepeated { continue }
                let said = digits.map { speech.digits[$0] }.joined(separator: ", ")
                let sentence = speech.sentences[1 + turn % (speech.sentences.count - 1)]
                let text = sentence.split(separator: "#", omittingEmptySubsequences: false).joined(separator: said)
                let expected = digits.map(String.init).joined()
                if code(text) != expected { Issue.record("\(text): \(code(text) ?? "nil") instead of \(expected)") }
            }
        }
    }

    @Test("A provider's code is believed when the call says the same")
    func agreement() {
        let said = "Your code is four eight two one. Again: four eight two one."
        #expect(CodeExtractor.reconcile(provider: "4821", text: said, voice: true) == "4821")
        #expect(CodeExtractor.reconcile(provider: "4822", text: said, voice: true) == nil)
    }
}
