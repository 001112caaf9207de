/// What `--help` prints.
enum HelpText {
    static let width = 100

    static func of(_ place: CommandDefinition, path: [String]) -> String {
        var sections = [usage(place, path), place.summary]
        if !place.details.isEmpty { sections.append(wrapped(place.details, indent: 0)) }
        if !place.children.isEmpty {
            sections.append("Commands:\n" + list(place.children.map { ($0.name, $0.summary) }))
        }
        let operands = place.arguments.filter { !$0.isOption }
        if !operands.isEmpty {
            sections.append("Arguments:\n" + list(operands.map { ($0.notation, $0.help) }))
        }
        var options = place.arguments.filter(\.isOption).map { ($0.notation, $0.help) }
        options.append(("--json", "Print one JSON document instead of text."))
        options.append(("-h, --help", "Print this."))
        if path.count == 1 { options.append(("--version", "Print the version.")) }
        sections.append("Options:\n" + list(options))
        if !place.examples.isEmpty {
            let title = place.examples.count == 1 ? "Example:" : "Examples:"
            sections.append(title + "\n" + place.examples.map { "  \($0)" }.joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func usage(_ place: CommandDefinition, _ path: [String]) -> String {
        let start = "Usage: " + path.joined(separator: " ")
        guard place.children.isEmpty else { return start + " <command> …" }
        var lines = [start]
        for argument in place.arguments {
            let word = argument.usage
            if (lines.last ?? "").count + 1 + word.count > width { lines.append("          ") }
            lines[lines.count - 1] += " \(word)"
        }
        return lines.joined(separator: "\n")
    }

    private static func list(_ rows: [(String, String)]) -> String {
        let column = min(rows.map(\.0.count).max() ?? 0, 32) + 4
        return rows.map { name, help in
            let text = wrapped(help, indent: column)
            let head = "  \(name)"
            if head.count + 2 > column {
                return "\(head)\n\(String(repeating: " ", count: column))\(text)"
            }
            return head + String(repeating: " ", count: column - head.count) + text
        }.joined(separator: "\n")
    }

    /// Breaks lines at spaces; every line but the first is indented.
    static func wrapped(_ text: String, indent: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
            var lines: [String] = [""]
            for word in paragraph.split(separator: " ") {
                let last = lines[lines.count - 1]
                if !last.isEmpty, indent + last.count + 1 + word.count > width {
                    lines.append(String(word))
                } else {
                    lines[lines.count - 1] = last.isEmpty ? String(word) : "\(last) \(word)"
                }
            }
            return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
        }.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}
