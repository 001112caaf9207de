/// Digits said as words: "four, eight, two", "double five", "пять, ноль". A row of them holds as long as there is one
/// language in which every word of it is a digit, so that a French "six" does not join an Italian "due".
enum SpokenDigits {
    /// A digit, or how often the next one is said.
    private enum Word {
        static let multiplier: UInt16 = 1 << 8
        static let joiner: UInt16 = 1 << 9
        /// Makes the digits about it a number.
        static let scale: UInt16 = 1 << 10
    }

    /// One language's ten digits, each with its variants, from zero; then what doubles and trebles.
    struct Language: Sendable {
        let digits: [String]
        var twice = ""
        var thrice = ""
    }

    static let languages: [Language] = [
        Language(
            digits: ["zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine niner"],
            twice: "double", thrice: "triple treble"),
        Language(
            digits: ["cero", "uno un una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
            twice: "doble", thrice: "triple"),
        Language(
            digits: [
                "null", "eins ein eine", "zwei zwo", "drei", "vier", "fünf fuenf", "sechs", "sieben", "acht", "neun",
            ],
            twice: "doppel doppelt zweimal", thrice: "dreimal"),
        Language(
            digits: [
                "ноль нуль ноля", "один одна раз", "два две", "три", "четыре", "пять", "шесть", "семь", "восемь",
                "девять",
            ], twice: "дважды", thrice: "трижды"),
        Language(
            digits: ["zéro", "un une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
            twice: "double", thrice: "triple"),
        Language(
            digits: ["zero", "um uma", "dois duas", "três", "quatro", "cinco", "seis meia", "sete", "oito", "nove"],
            twice: "duplo dobro", thrice: "triplo"),
        Language(
            digits: ["zero", "uno una un", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"],
            twice: "doppio", thrice: "triplo"),
        Language(
            digits: ["нуль", "один одна", "два дві", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять"],
            twice: "двічі", thrice: "тричі"),
        Language(
            digits: [
                "zero", "jeden jedna", "dwa dwie", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć",
            ]),
        Language(
            digits: ["nul", "een één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"], twice: "dubbel"
        ),
        Language(
            digits: ["sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"], twice: "çift"),
        Language(
            digits: [
                "nol kosong", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan lapan", "sembilan",
            ]),
        Language(digits: ["शून्य", "एक", "दो", "तीन", "चार", "पांच पाँच", "छह छः छे", "सात", "आठ", "नौ"], twice: "डबल"),
        Language(digits: ["零 〇", "一 幺", "二 两", "三", "四", "五", "六", "七", "八", "九"]),
    ]

    /// Each word's payload is its meaning; what it means in which language stands in `meanings`.
    private struct Meaning: Sendable {
        var languages: UInt32 = 0
        let value: UInt16
    }

    private static let table: (trie: WordTrie, meanings: [[Meaning]]) = {
        var meanings: [String: [Meaning]] = [:]
        func add(_ words: String, _ language: Int, _ value: UInt16) {
            for word in words.split(separator: " ") {
                // Without its accents the word of one language may be another's.
                let text = NormalizedText(word)
                let word = String(String.UnicodeScalarView(text.folded.compactMap { Unicode.Scalar($0) }))
                let known = meanings[word, default: []]
                if let index = known.firstIndex(where: { $0.value == value }) {
                    meanings[word]?[index].languages |= 1 << UInt32(language)
                } else {
                    meanings[word, default: []].append(Meaning(languages: 1 << UInt32(language), value: value))
                }
            }
        }
        for (index, language) in languages.enumerated() {
            for (digit, words) in language.digits.enumerated() { add(words, index, UInt16(digit)) }
            add(language.twice, index, Word.multiplier | 2)
            add(language.thrice, index, Word.multiplier | 3)
        }
        // "and", "then", "dash" between two digits: said in any language, meaning nothing.
        add("and then dash hyphen y und dann et e и потом затем", 31, Word.joiner)
        // "one eight hundred five five five": a number that is read out, and no code.
        let scales = "hundred thousand million hundert tausend cent mille cien ciento mil сто тысяча тысячи тысяч cem"
        add(scales, 31, Word.scale)
        var trie = WordTrie()
        var list: [[Meaning]] = []
        for (word, meaning) in meanings.sorted(by: { $0.key < $1.key }) {
            trie.insert(Substring(word), UInt16(list.count))
            list.append(meaning)
        }
        return (trie, list)
    }()

    /// A digit of the text, where it stands.
    private struct Digit {
        let value: UInt8
        let start: Int
        let end: Int
        let sentence: Int32
        /// Said, or written alone; not out of a number of several digits.
        let isWord: Bool
    }

    /// Every row of digits in a transcript, said or written. In what may be a message a row must be of single digits:
    /// its numbers have been judged already.
    static func candidates(in analysis: Analysis) -> [Candidate] {
        var rows = Rows(wordsOnly: analysis.isVoice != true)
        let text = analysis.text
        var index = 0
        var run = 0
        var spent = 0
        while index < text.count {
            while run < analysis.runs.count, analysis.runs[run].start < index { run += 1 }
            if run < analysis.runs.count, analysis.runs[run].start == index, analysis.runs[run].isNumber {
                let number = analysis.runs[run]
                if number.count > 10 || isPartOfSomething(number, text) {
                    rows.close()
                } else {
                    for place in number.start..<number.end {
                        rows.add(
                            digit: UInt8(text.exact[place]), at: place..<place + 1,
                            sentence: analysis.sentence(place), languages: ~0, isWord: number.count == 1)
                    }
                }
                index = number.end
                continue
            }
            guard Scalar.isLetter(text.folded[index]), text.isWordBoundary(index) else {
                index += 1
                continue
            }
            guard let match = table.trie.match(in: text, at: index, work: &spent) else {
                rows.close()
                // The rest of a word is no word's beginning; scripts without spaces have none to skip to.
                repeat { index += 1 } while index < text.count && !text.isWordBoundary(index)
                continue
            }
            for meaning in table.meanings[Int(match.payload)] where rows.take(meaning.value, meaning.languages) {
                if meaning.value & Word.scale != 0 {
                    rows.spoil()
                } else if meaning.value & Word.multiplier != 0 {
                    rows.repeatNext(Int(meaning.value & 0xFF))
                } else if meaning.value & Word.joiner == 0 {
                    rows.add(
                        digit: UInt8(0x30 + meaning.value), at: index..<match.end, sentence: analysis.sentence(index),
                        languages: meaning.languages, isWord: true)
                }
                break
            }
            index = match.end
        }
        rows.close()
        return rows.candidates
    }

    /// A time, a date, a fraction, an amount; or digits that hang on a word.
    private static func isPartOfSomething(_ run: Run, _ text: NormalizedText) -> Bool {
        func isJoint(_ sign: UInt32) -> Bool {
            switch Unicode.Scalar(sign) {
            case ".", ",", ":", "/": true
            default: false
            }
        }
        if isJoint(text.at(run.start - 1)), Scalar.isDigit(text.at(run.start - 2)) { return true }
        if isJoint(text.at(run.end)), Scalar.isDigit(text.at(run.end + 1)) { return true }
        return Scalar.isLetter(text.at(run.start - 1)) || Scalar.isLetter(text.at(run.end))
    }

    /// The row being heard, and the candidates made of those before it.
    private struct Rows {
        private var digits: [Digit] = []
        private var languages: UInt32 = ~0
        private var times = 1
        /// The row belongs to a number.
        private var isSpoiled = false
        private let wordsOnly: Bool
        var candidates: [Candidate] = []

        init(wordsOnly: Bool) { self.wordsOnly = wordsOnly }

        /// Whether a word of these languages may go on the row; a row in other languages ends first.
        mutating func take(_ value: UInt16, _ wanted: UInt32) -> Bool {
            if value & (Word.joiner | Word.scale) != 0 { return true }
            if languages & wanted == 0 { close() }
            return true
        }

        /// What was said so far, and what follows without another word, is no row of digits.
        mutating func spoil() {
            digits = []
            languages = ~0
            times = 1
            isSpoiled = true
        }

        mutating func repeatNext(_ count: Int) { times = count }

        mutating func add(
            digit: UInt8, at range: Range<Int>, sentence: Int32, languages wanted: UInt32, isWord: Bool
        ) {
            languages &= wanted
            for _ in 0..<times {
                digits.append(
                    Digit(
                        value: digit, start: range.lowerBound, end: range.upperBound, sentence: sentence,
                        isWord: isWord))
            }
            times = 1
        }

        mutating func close() {
            defer {
                digits = []
                languages = ~0
                times = 1
                isSpoiled = false
            }
            if isSpoiled || digits.count < 4 || (wordsOnly && !digits.allSatisfy(\.isWord)) { return }
            if let folded = Self.folded(digits) { return add(folded) }
            if digits.count <= 10 { return add(digits[...]) }
            // Said in sentences: each is a row of its own.
            var start = 0
            for index in 1...digits.count
            where index == digits.count || digits[index].sentence != digits[start].sentence {
                let part = digits[start..<index]
                if (4...10).contains(part.count) { add(Self.folded(Array(part)) ?? part) }
                start = index
            }
        }

        /// One code said two, three or four times over; nil when it is no repetition.
        private static func folded(_ digits: [Digit]) -> ArraySlice<Digit>? {
            for count in 4...8 where digits.count > count && digits.count % count == 0 && digits.count / count <= 4 {
                let isRepeated = digits.indices.allSatisfy { digits[$0].value == digits[$0 % count].value }
                // "one one one one, one one one one" is said as often as it is long; the shortest reading is the code.
                if isRepeated { return digits[..<count] }
            }
            return nil
        }

        private mutating func add(_ digits: ArraySlice<Digit>) {
            guard let first = digits.first, let last = digits.last else { return }
            candidates.append(
                Candidate(
                    shape: .spoken, start: first.start, end: last.end, length: digits.count,
                    spoken: digits.map(\.value)))
        }
    }
}
