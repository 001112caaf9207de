/// The texts that services send, by service and language, and what a service that is not known writes.
///
/// Read once, when the first message is written. In a text `{c}` is the code as written, `{n}` the bare code, `{l}` the
/// bare code in the digits of the language, `{b}` the brand, `{h}` the eleven characters by which an Android app finds
/// its message; `\n` is a line break.
struct Wording: Sendable {
    /// Who the message says it is from; nil for the brand's own name.
    let sender: String?
    private let texts: [String: [String]]

    /// Texts in that language, else in English, else in whatever language there is.
    func texts(_ language: String) -> [String] { texts[language] ?? texts["en"] ?? texts.first?.value ?? [] }

    /// What that service writes in that language: its own words, or those of anybody.
    static func of(_ slug: String) -> Wording? { known[slug] }

    /// What anybody writes.
    static let generic = Wording(sender: nil, texts: group(GenericWordingTable.text))

    /// The services with words of their own.
    static var services: [String] { known.keys.sorted() }

    private static let known: [String: Wording] = {
        var lines: [Substring: [Substring]] = [:]
        for line in WordingTable.text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1)
            precondition(parts.count == 2, "a wording names its service: \(line)")
            lines[parts[0], default: []].append(parts[1])
        }
        var result: [String: Wording] = [:]
        for (service, rest) in lines {
            result[String(service)] = Wording(
                sender: WordingTable.senders[String(service)], texts: group(rest.joined(separator: "\n")))
        }
        return result
    }()

    private static func group(_ text: String) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1)
            precondition(parts.count == 2, "a wording names its language: \(line)")
            result[String(parts[0]), default: []].append(
                parts[1].split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n"))
        }
        return result
    }
}
