/// What a word in a text says about the numbers near it. A word may say several things: a "promo" both names a number
/// and speaks of selling.
struct CueKind: OptionSet, Sendable {
    let rawValue: UInt16

    /// Names a code beyond doubt: "verification code", "OTP", "验证码".
    static let strong = CueKind(rawValue: 1 << 0)
    /// Names a code: "code", "PIN", "код".
    static let plain = CueKind(rawValue: 1 << 1)
    /// Speaks of signing in or proving something, without naming a code: "verify", "log in".
    static let weak = CueKind(rawValue: 1 << 2)
    /// Names another number, which follows it: "order", "call", "account", "promo code".
    static let lead = CueKind(rawValue: 1 << 3)
    /// May stand between such a word and its number: "no.", "ending in", "to".
    static let connector = CueKind(rawValue: 1 << 4)
    /// Speaks of selling: a plain "code" beside it is a voucher.
    static let selling = CueKind(rawValue: 1 << 5)
    /// Says of the number before it that it serves no more: "is no longer valid".
    static let voidsBefore = CueKind(rawValue: 1 << 6)
    /// Says of the number after it that it is the former one: "old code".
    static let voidsAfter = CueKind(rawValue: 1 << 7)
    /// Follows an amount of time, data or points: "minutes", "GB".
    static let unit = CueKind(rawValue: 1 << 8)
    /// Stands before or after an amount of money: "EUR", "руб".
    static let currency = CueKind(rawValue: 1 << 9)
    /// A month's name, before or after a day and a year.
    static let month = CueKind(rawValue: 1 << 10)

    /// Whatever names a code or speaks of signing in.
    static let key: CueKind = [.strong, .plain, .weak]
    /// Whatever names a code.
    static let naming: CueKind = [.strong, .plain]

    func contains(anyOf other: CueKind) -> Bool { !isDisjoint(with: other) }
}

/// One such word where it stands.
struct Cue {
    let kinds: CueKind
    let start: Int
    let end: Int
}

extension CueKind {
    /// Every word of the tables, read once.
    static let words: WordTrie = {
        let tables: [(CueKind, [String])] = [
            (.strong, KeyWords.strong), (.plain, KeyWords.plain), (.weak, KeyWords.weak), (.lead, DecoyWords.lead),
            (.connector, DecoyWords.connector), (.selling, DecoyWords.selling),
            (.voidsBefore, DecoyWords.voidsBefore), (.voidsAfter, DecoyWords.voidsAfter), (.unit, DecoyWords.unit),
            (.currency, DecoyWords.currency), (.month, DecoyWords.month),
        ]
        var trie = WordTrie()
        for (kind, lines) in tables { for line in lines { trie.insert(list: line, kind.rawValue) } }
        return trie
    }()
}
