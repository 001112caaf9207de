/// Settings written as a shell reads them: `KEY=VALUE`, with or without `export` before and quotes around.
///
/// Nothing is expanded: a `$` stands for itself, as in the files that the set-up of this project writes.
package enum EnvironmentFile {
    /// What the text sets; a later line wins, as in a shell. Lines that set nothing are passed over.
    package static func settings(in text: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = trimmed(line)
            if line.hasPrefix("export "), let space = line.firstIndex(of: " ") {
                line = trimmed(line[line.index(after: space)...])
            }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = String(line[..<equals])
            guard isName(key) else { continue }
            result[key] = unquoted(line[line.index(after: equals)...])
        }
        return result
    }

    private static func isName(_ key: String) -> Bool {
        guard let first = key.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return key.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }

    /// The value up to its closing quote, or up to a comment.
    private static func unquoted(_ text: Substring) -> String {
        if let quote = text.first, quote == "\"" || quote == "'" {
            var result = ""
            var isEscaped = false
            for character in text.dropFirst() {
                if isEscaped {
                    // In double quotes a backslash is only special before these.
                    if !"\"\\$`".contains(character) { result.append("\\") }
                    result.append(character)
                    isEscaped = false
                } else if character == quote {
                    return result
                } else if character == "\\", quote == "\"" {
                    isEscaped = true
                } else {
                    result.append(character)
                }
            }
            return result
        }
        return String(text.prefix { $0 != " " && $0 != "\t" })
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
