import Kit

/// The `Prefer` header (RFC 7240), of which `wait` is understood.
package enum Preference {
    /// How long the caller is ready to wait; nil when he is not. Seconds from 0 to 60; other preferences are ignored, as
    /// the standard demands, but a `wait` that cannot be read is an error that is better told than guessed at.
    package static func wait(_ header: String?) throws(Problem) -> Duration? {
        guard let header else { return nil }
        for preference in header.split(separator: ",") {
            let pair = preference.prefix { $0 != ";" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard trim(pair[0]).lowercased() == "wait" else { continue }
            let value = pair.count == 2 ? trim(pair[1]) : ""
            guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(value),
                (0...60).contains(seconds)
            else {
                throw Problem.invalid("headers.Prefer", "wait must be a whole number of seconds from 0 to 60")
            }
            return seconds == 0 ? nil : .seconds(seconds)
        }
        return nil
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
