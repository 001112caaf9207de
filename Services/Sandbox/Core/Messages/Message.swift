import Kit

/// A message that reached a number.
package struct Message: Hashable, Sendable {
    package let id: Int64
    /// When the provider stored it.
    package let createdAt: Timestamp
    /// When the network delivered it.
    package let date: Timestamp
    package let sender: String
    package let text: String
    /// What the provider's own parser made of it; nil when it made nothing.
    package let code: String?
    package let form: Form

    /// How it came.
    package enum Form: Hashable, Sendable {
        case text
        /// Its receiver alone may read it: the provider has no text.
        case sealed
        /// A call; the text is what was said.
        case call
    }

    package init(
        id: Int64, createdAt: Timestamp, date: Timestamp, sender: String, text: String, code: String?,
        form: Form = .text
    ) {
        self.id = id
        self.createdAt = createdAt
        self.date = date
        self.sender = sender
        self.text = text
        self.code = code
        self.form = form
    }
}

/// Writes what services would write. The same order and ordinal always get the same message.
package struct MessageComposer: Sendable {
    private let dice: Dice

    package init(seed: UInt64) { dice = Dice(seed: seed) }

    /// What a message says, without when it came.
    package struct Content: Hashable, Sendable {
        package var sender: String
        package var text: String
        /// The bare code; it stands in the text, perhaps in groups or in digits of the language.
        package var code: String
        package var form = Message.Form.text
    }

    /// The `ordinal`-th message of an order.
    package func compose(product: Product, language: String, order: Int64, ordinal: Int, voice: Bool = false) -> Content
    {
        let key = UInt64(bitPattern: order)
        let number = UInt64(ordinal)
        let wording = Wording.of(product.slug) ?? .generic
        let code = CodeFormat.of(product.slug).code(dice, key, number)
        if voice { return Self.call(code.bare, language) }
        let texts = wording.texts(language)
        precondition(!texts.isEmpty, "every wording has a text")
        let template = texts[dice.below(texts.count, .wording, key, number)]
        var text = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            switch rest[rest.index(after: open)..<close] {
            case "c": text += code.written
            case "n": text += code.bare
            case "l": text += Self.localDigits(code.bare, language)
            case "b": text += product.title
            case "h": text += appHash(key)
            case let other: preconditionFailure("a wording asks for \(other), which nobody fills in")
            }
            rest = rest[rest.index(after: close)...]
        }
        return Content(sender: wording.sender ?? product.title, text: text + rest, code: code.bare)
    }

    /// A robot's call, as it is written down.
    private static func call(_ code: String, _ language: String) -> Content {
        let russian = language == "ru"
        let words =
            russian
            ? ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
            : ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        let spoken = code.compactMap { $0.wholeNumberValue.map { words[$0] } ?? String($0) }.joined(separator: ", ")
        return Content(
            sender: "voice",
            text: russian
                ? "Ваш код: \(spoken). Повторяю: \(spoken)."
                : "Hello. Your verification code is \(spoken). Once again: \(spoken). Goodbye.",
            code: code)
    }

    private static func localDigits(_ code: String, _ language: String) -> String {
        let zero: UInt32
        switch language {
        case "fa": zero = 0x6F0
        case "bn": zero = 0x9E6
        default: return code
        }
        var scalars = String.UnicodeScalarView()
        for scalar in code.unicodeScalars {
            let digit = (0x30...0x39).contains(scalar.value) ? Unicode.Scalar(zero + scalar.value - 0x30) : nil
            scalars.append(digit ?? scalar)
        }
        return String(scalars)
    }

    private func appHash(_ key: UInt64) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return String((0..<11).map { alphabet[dice.below(64, .wording, key, 1_000 + $0)] })
    }
}
