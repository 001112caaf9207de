import Glibc
import Testing

/// A row of a table of texts: `service⇥language⇥text⇥expected code`, `-` where there is none to find.
struct Sample: Sendable, CustomTestStringConvertible {
    let service: String
    let language: String
    let text: String
    let expected: String?

    /// The transcripts say so; the rest are messages.
    var isVoice: Bool { service == "voice" }
    var testDescription: String { "\(service)/\(language): \(text)" }

    /// Every row of a table under `Tests/Fixtures/Codes`.
    static func table(_ name: String) -> [Sample] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let path = root + "/Fixtures/Codes/" + name
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            precondition(columns.count == 4, "a row of \(name) has \(columns.count) columns: \(line)")
            return Sample(
                service: String(columns[0]), language: String(columns[1]), text: lineBreaks(columns[2]),
                expected: columns[3] == "-" ? nil : String(columns[3]))
        }
    }

    /// `\n` in a table stands for a line break.
    private static func lineBreaks(_ text: Substring) -> String {
        var result = ""
        var escaped = false
        for character in text {
            if escaped {
                result += character == "n" ? "\n" : "\\\(character)"
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                result.append(character)
            }
        }
        return escaped ? result + "\\" : result
    }
}
