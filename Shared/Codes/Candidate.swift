/// Something in a text that may be the code.
struct Candidate {
    enum Shape {
        /// One row of digits.
        case number
        /// Digits in groups of one length: `123-456`, `12 34 56`.
        case grouped
        /// Digits behind a brand's letter: `G-123456`.
        case branded
        /// Capitals and digits: `QX84PD`, `X7K-92Q`.
        case alphanumeric
        /// Capitals without a vowel, as some services make them up: `RKWQM`.
        case consonants
        /// Digits and letters of either case: `a8F3k2`.
        case mixed
        /// Digits said as words.
        case spoken
    }

    let shape: Shape
    let start: Int
    let end: Int
    /// How many digits and letters the value has.
    let length: Int
    /// Said as words: the digits, which stand nowhere as such.
    var spoken: [UInt8] = []
    /// The score so far: what the shape is worth, and what neighbours took or gave.
    var score: Double = 0
    var isExcluded = false
    /// The value's fingerprint, by which equal ones are known.
    var fingerprint: UInt64 = 0

    var isDigits: Bool {
        switch shape {
        case .number, .grouped, .branded, .spoken: true
        case .alphanumeric, .consonants, .mixed: false
        }
    }
}

extension Candidate {
    /// What a person types: digits joined, hyphens kept among letters.
    func value(in text: borrowing NormalizedText) -> String {
        if shape == .spoken { return String(decoding: spoken, as: UTF8.self) }
        var value = ""
        for index in start..<end {
            let scalar = text.exact[index]
            let isKept = isDigits ? Scalar.isDigit(scalar) : Scalar.isAlphanumeric(scalar) || scalar == Scalar.hyphen
            if isKept, let scalar = Unicode.Scalar(scalar) { value.unicodeScalars.append(scalar) }
        }
        return value
    }

    /// FNV-1a over what `value` would be.
    func fingerprint(in text: borrowing NormalizedText) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt32) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        if shape == .spoken {
            for byte in spoken { add(UInt32(byte)) }
        } else {
            for index in start..<end where Scalar.isAlphanumeric(text.exact[index]) { add(text.exact[index]) }
        }
        return hash
    }
}
