import ControlCore
import Glibc
import JSON

/// `code`
struct CodeCommands: Sendable {
    /// Longer lines are no message of anybody's; what comes after this many bytes is passed over.
    private static let longestLine = 1 << 20

    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func find(_ arguments: FindCodes) {
        var found: [JSON] = []
        func take(_ lines: [String]) {
            let codes = lines.map { CodeLine.code(in: $0, isVoice: arguments.isVoice) }
            if terminal.isJSON {
                found += codes.map { $0.map { .string($0) } ?? .null }
            } else {
                terminal.text(codes.map { "\($0 ?? "-")\n" }.joined())
            }
        }
        if arguments.texts.isEmpty { Self.readLines(take) } else { take(arguments.texts) }
        if terminal.isJSON { terminal.text(JSON.object([.init("codes", .array(found))]).text + "\n") }
    }

    /// Gives the lines of standard input, as many at a time as have come; the last needs no line feed.
    private static func readLines(_ take: ([String]) -> Void) {
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            var lines: [String] = []
            for byte in chunk[..<count] {
                if byte == UInt8(ascii: "\n") {
                    lines.append(String(decoding: rest, as: UTF8.self))
                    rest.removeAll(keepingCapacity: true)
                } else if rest.count < longestLine {
                    rest.append(byte)
                }
            }
            if !lines.isEmpty { take(lines) }
        }
        if !rest.isEmpty { take([String(decoding: rest, as: UTF8.self)]) }
    }
}
