/// A text as the extractor sees it: one row of scalars in which digits of every script are ASCII, white space is a
/// single space or a line feed and invisible marks are gone, and beside it the same row folded for comparing words.
/// Both have the same length, so a place in one is a place in the other.
struct NormalizedText {
    /// Texts are looked at up to this many characters; a code stands at the front.
    static let limit = 4096

    /// The scalars with their case.
    private(set) var exact: [UInt32] = []
    /// The scalars in lower case, without accents.
    private(set) var folded: [UInt32] = []

    var count: Int { exact.count }

    init(_ text: some StringProtocol) {
        let capacity = min(text.utf8.count, Self.limit)
        exact.reserveCapacity(capacity)
        folded.reserveCapacity(capacity)
        var seen = 0
        for scalar in text.unicodeScalars {
            // Dropped marks count as well: a text of nothing else must not be read without end.
            seen += 1
            if seen > Self.limit { break }
            append(scalar.value)
        }
        while exact.last == Scalar.space || exact.last == Scalar.lineFeed {
            exact.removeLast()
            folded.removeLast()
        }
    }

    private mutating func append(_ scalar: UInt32) {
        if scalar > 0x20, scalar < 0x7F {
            exact.append(scalar)
            folded.append(scalar >= 0x41 && scalar <= 0x5A ? scalar + 0x20 : scalar)
            return
        }
        if Folding.isLineBreak(scalar) {
            if exact.last == Scalar.space {
                exact.removeLast()
                folded.removeLast()
            }
            if let last = exact.last, last != Scalar.lineFeed { both(Scalar.lineFeed) }
        } else if Folding.isSpace(scalar) {
            if let last = exact.last, last != Scalar.space, last != Scalar.lineFeed { both(Scalar.space) }
        } else if Folding.isDropped(scalar) {
            return
        } else if let digit = Folding.digit(scalar) {
            both(0x30 + digit)
        } else {
            let plain = Self.plain(scalar)
            exact.append(plain)
            folded.append(Folding.letter(plain))
        }
    }

    private mutating func both(_ scalar: UInt32) {
        exact.append(scalar)
        folded.append(scalar)
    }

    /// Full-width forms and the many hyphens as ASCII. The full-width comma and full stop stay what they are: between
    /// digits they part sentences, where the ASCII ones part thousands.
    private static func plain(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0xFF21...0xFF3A, 0xFF41...0xFF5A: scalar - 0xFEE0
        case 0xFF03, 0xFF04, 0xFF05, 0xFF0A, 0xFF0D, 0xFF1A, 0xFF20: scalar - 0xFEE0
        case 0x2010...0x2013, 0x2212, 0xFE63, 0xFE58, 0x05BE: Scalar.hyphen
        case 0x066A: UInt32(UInt8(ascii: "%"))
        case 0x2018, 0x2019, 0x2BC, 0x60, 0xB4: UInt32(UInt8(ascii: "'"))
        default: scalar
        }
    }

    /// The scalar at a place, zero beyond either end.
    func at(_ index: Int) -> UInt32 { index >= 0 && index < exact.count ? exact[index] : 0 }

    /// The characters between two places, as they stand.
    func text(_ range: Range<Int>) -> String {
        var text = ""
        for index in range { if let scalar = Unicode.Scalar(exact[index]) { text.unicodeScalars.append(scalar) } }
        return text
    }
}

/// What kind of character a scalar is.
enum Scalar {
    static let space: UInt32 = 0x20
    static let lineFeed: UInt32 = 0x0A
    static let hyphen: UInt32 = 0x2D
    static let colon: UInt32 = 0x3A

    static func isDigit(_ scalar: UInt32) -> Bool { scalar >= 0x30 && scalar <= 0x39 }
    static func isUpper(_ scalar: UInt32) -> Bool { scalar >= 0x41 && scalar <= 0x5A }
    static func isLower(_ scalar: UInt32) -> Bool { scalar >= 0x61 && scalar <= 0x7A }
    static func isASCIILetter(_ scalar: UInt32) -> Bool { isUpper(scalar) || isLower(scalar) }
    static func isAlphanumeric(_ scalar: UInt32) -> Bool { isDigit(scalar) || isASCIILetter(scalar) }
    static func isBlank(_ scalar: UInt32) -> Bool { scalar == space || scalar == lineFeed }

    /// A letter of any script, or a mark that belongs to one; digits are none.
    static func isLetter(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isASCIILetter(scalar) }
        switch scalar {
        case 0xAA, 0xB5, 0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2C1, 0x370...0x373, 0x376...0x37D, 0x37F...0x481,
            0x48A...0x556, 0x560...0x587, 0x5D0...0x5F2, 0x620...0x669, 0x66E...0x6D3, 0x6D5...0x6FF, 0x710...0x963,
            0x966...0xE3E, 0xE40...0xE4E, 0xE50...0xF00, 0xF20...0x109F, 0x10A0...0x135A, 0x1380...0x166C,
            0x166F...0x1FFF,
            0x2C00...0x2DFF, 0x3005...0x3007, 0x3031...0x3035, 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC...0x4DBF,
            0x4E00...0xD7FF, 0xF900...0xFAFF, 0xFB1D...0xFDFB, 0xFE70...0xFEFC, 0xFF66...0xFFDC, 0x10000...0x1D7FF,
            0x1E000...0x1EFFF, 0x20000...0x3FFFF:
            return true
        default: return false
        }
    }

    /// A letter of a script that puts no spaces between words, or glues particles to them: a word may begin anywhere.
    static func isUnspaced(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xE00...0xEFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x3005...0x4DBF, 0x4E00...0x9FFF,
            0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// What ends a sentence wherever it stands; the ASCII full stop needs white space behind it and is not among them.
    static func endsSentence(_ scalar: UInt32) -> Bool {
        switch scalar {
        case lineFeed, 0x21, 0x3F, 0x61F, 0x6D4, 0x964, 0x965, 0x3002, 0xFF01, 0xFF0E, 0xFF1F, 0xFF61, 0x104B, 0x17D4,
            0x589, 0x2026:
            true
        default: false
        }
    }
}
