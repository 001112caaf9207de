/// What stands in a text besides words and numbers: sentences, links, the marks that apps put there.
struct Surroundings {
    /// Which sentence each place belongs to.
    private(set) var sentence: [Int32] = []
    /// Whether a place belongs to a link, an address or an app's hash.
    private(set) var isLink: [Bool] = []
    /// An app reads this text by itself (Android SMS Retriever): it starts with `<#>`, or ends with the app's hash.
    private(set) var isForAnApp = false
    private(set) var words = 0
    private(set) var work = 0

    init(_ text: NormalizedText) {
        markSentences(text)
        isLink = [Bool](repeating: false, count: text.count)
        markLinks(text)
        let marks = text.text(0..<min(3, text.count))
        if marks == "<#>" || marks == "[#]" { isForAnApp = true }
    }

    private mutating func markSentences(_ text: NormalizedText) {
        sentence.reserveCapacity(text.count)
        var number: Int32 = 0
        var wasLetter = false
        for index in 0..<text.count {
            work += 1
            sentence.append(number)
            let scalar = text.exact[index]
            let isStop = scalar == 0x2E && (index + 1 == text.count || Scalar.isBlank(text.exact[index + 1]))
            if isStop || Scalar.endsSentence(scalar) { number += 1 }
            let isLetter = Scalar.isLetter(scalar)
            if isLetter, !wasLetter { words += 1 }
            wasLetter = isLetter
        }
    }

    /// Goes through the text's words between white space; a link ends where its script does.
    private mutating func markLinks(_ text: NormalizedText) {
        var start = 0
        while start < text.count {
            work += 1
            guard text.exact[start] > Scalar.space, text.exact[start] < 0x80 else {
                start += 1
                continue
            }
            var end = start
            while end < text.count, text.exact[end] > Scalar.space, text.exact[end] < 0x80 {
                work += 1
                end += 1
            }
            let isHash = end == text.count && Self.isAppHash(text, start..<end)
            if isHash { isForAnApp = true }
            if isHash || Self.isLink(text, start..<end) { for index in start..<end { isLink[index] = true } }
            start = end
        }
    }

    private static func isLink(_ text: NormalizedText, _ range: Range<Int>) -> Bool {
        var (label, digits, sawHost) = (0, 0, false)
        for index in range {
            let scalar = text.folded[index]
            label += 1
            if Scalar.isDigit(scalar) { digits += 1 }
            switch Unicode.Scalar(scalar) {
            case ":": if text.at(index + 1) == 0x2F, text.at(index + 2) == 0x2F { return true }
            case "/", "?": if sawHost { return true }
            case "@": if index > range.lowerBound, Scalar.isAlphanumeric(text.at(index + 1)) { return true }
            case ".":
                // A host: a label that is more than digits, a dot, and letters behind it.
                if label > digits + 1, Scalar.isLower(text.at(index + 1)), Scalar.isLower(text.at(index + 2)) {
                    sawHost = true
                }
                (label, digits) = (0, 0)
            default: break
            }
        }
        return sawHost && digits == 0
    }

    /// The eleven characters of base64 by which Android knows the app: not a word, so letters of both cases or others.
    private static func isAppHash(_ text: NormalizedText, _ range: Range<Int>) -> Bool {
        guard range.count == 11 else { return false }
        var (lowers, uppers, others) = (0, 0, 0)
        for index in range {
            let scalar = text.exact[index]
            if Scalar.isLower(scalar) {
                lowers += 1
            } else if Scalar.isUpper(scalar) {
                if index > range.lowerBound { uppers += 1 }
            } else if Scalar.isDigit(scalar) || scalar == 0x2B || scalar == 0x2F {
                others += 1
            } else {
                return false
            }
        }
        return (lowers > 0 && uppers > 0) || (others > 0 && lowers + uppers > 0)
    }
}
