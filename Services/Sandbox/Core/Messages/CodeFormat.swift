/// How a service writes its codes.
enum CodeFormat: Sendable {
    case digits(Int)
    /// Two groups with something in between: `123-456`, `123 456`.
    case groups(Int, Int, String)
    /// Something before the digits that is not part of the code: `G-123456`.
    case marked(String, Int)
    /// Capital letters and digits that cannot be taken for one another.
    case letters(Int)

    /// A code as it is written, and bare, the way a parser gives it.
    func code(_ dice: Dice, _ order: UInt64, _ ordinal: UInt64) -> (written: String, bare: String) {
        switch self {
        case .digits(let count):
            let code = Self.digits(count, dice, order, ordinal)
            return (code, code)
        case .groups(let first, let second, let between):
            let code = Self.digits(first + second, dice, order, ordinal)
            return (code.prefix(first) + between + code.suffix(second), code)
        case .marked(let mark, let count):
            let code = Self.digits(count, dice, order, ordinal)
            return (mark + code, code)
        case .letters(let count):
            let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
            let code = String(
                (0..<count).map { alphabet[dice.below(alphabet.count, .code, order, ordinal << 8 | UInt64($0))] })
            return (code, code)
        }
    }

    /// Digits of which the first is not zero, so that a parser that reads numbers keeps all of them.
    private static func digits(_ count: Int, _ dice: Dice, _ order: UInt64, _ ordinal: UInt64) -> String {
        var low = 1
        for _ in 1..<count { low *= 10 }
        return String(low + dice.below(9 * low, .code, order, ordinal))
    }

    /// The format of a service; six digits where nothing else is known.
    static func of(_ slug: String) -> CodeFormat { known[slug] ?? .digits(6) }

    private static let known: [String: CodeFormat] = [
        "telegram": .digits(5), "whatsapp": .groups(3, 3, "-"), "google": .marked("G-", 6),
        "instagram": .groups(3, 3, " "),
        "apple": .digits(6), "viber": .digits(6), "signal": .groups(3, 3, "-"), "uber": .digits(4),
        "bolt": .digits(4), "microsoft": .digits(4), "blizzard": .letters(6), "steam": .letters(5),
        "coinbase": .digits(7), "binance": .digits(6), "yandex": .groups(3, 3, "-"), "zalo": .digits(4),
        "ozon": .digits(6), "facebook": .digits(5), "wolt": .digits(5), "foodora": .digits(4), "mercari": .digits(6),
        "avito": .digits(5), "olx": .digits(6), "kakaotalk": .digits(6), "naver": .digits(6), "deliveroo": .digits(6),
        "glovo": .digits(4), "getir": .digits(4), "lyft": .digits(6), "wise": .digits(6), "vkontakte": .digits(5),
        "indriver": .digits(4), "gojek": .digits(4), "didi": .digits(6), "tinder": .digits(6),
        "revolut": .groups(3, 3, "-"),
        "blablacar": .digits(4), "grabtaxi": .digits(6), "samokat": .digits(4), "wildberries": .digits(6),
        "doordash": .digits(6), "discord": .digits(6), "mcdonalds": .digits(4), "careem": .digits(4),
        "yubo": .digits(4),
    ]
}
