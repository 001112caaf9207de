import Glibc
import JSON
import Synchronization

/// Where a command's words go: what was asked for to standard output, everything else to standard error.
///
/// Writes at once, without a buffer of its own, so that nothing is lost when the process is ended and lines of both come
/// in the order they were written in. A reader who has gone away ends the process, as it ends other programs.
package struct Terminal: Sendable {
    /// Print one JSON document instead of text.
    package let isJSON: Bool

    package init(isJSON: Bool) { self.isJSON = isJSON }

    /// Text that was asked for, as it is.
    package func text(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    /// The result: the document under `--json`, else the text.
    package func result(_ json: @autoclosure () -> JSON, _ text: @autoclosure () -> String) {
        self.text(isJSON ? json().text + "\n" : text())
    }

    /// A line beside the result.
    package func note(_ line: String) { Self.write(line + "\n", to: STDERR_FILENO) }

    package func warning(_ line: String) { note("warning: \(line)") }

    package func error(_ lines: [String]) {
        note("error: \(lines.joined(separator: "\n"))")
    }

    /// Whether a person watches standard error.
    package static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        let isGone = text.withUTF8 { utf8 in
            var rest = UnsafeRawBufferPointer(utf8)[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return true
                }
            }
            return false
        }
        if isGone { _exit(1) }
    }
}

/// One line that is written over again and again, where a person watches; elsewhere a line for each change.
final class ProgressLine: Sendable {
    private let isWatched: Bool
    private let last = Mutex("")

    init(isWatched: Bool = Terminal.isWatched) { self.isWatched = isWatched }

    /// Shows `line`. Where nobody watches, only a `news` that differs from the one before is written.
    func show(_ line: String, news: String) {
        last.withLock { last in
            if isWatched {
                Terminal.write("\r\u{1B}[2K\(line)", to: STDERR_FILENO)
                last = line
            } else if news != last {
                Terminal.write(news + "\n", to: STDERR_FILENO)
                last = news
            }
        }
    }

    /// Takes the line away, so that what follows stands by itself.
    func clear() {
        last.withLock { last in
            if isWatched, !last.isEmpty { Terminal.write("\r\u{1B}[2K", to: STDERR_FILENO) }
            last = ""
        }
    }
}
