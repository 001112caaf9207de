/// Which passwords are taken: long ones that nobody would guess first. No demand for digits and signs, which makes
/// passwords worse (NIST SP 800-63B § 5.1.1.2); length and a list of what everybody uses.
package enum PasswordRules {
    /// What the hasher takes.
    package static let longestBytes = 1024
    package static let shortest = 10
    /// A local part shorter than this occurs in too many good passwords.
    private static let shortestTellingPart = 4

    /// What is wrong with a password; nil when it may be used.
    package static func complaint(about password: String, email: EmailAddress?) -> String? {
        if password.unicodeScalars.count < shortest { return "must have at least \(shortest) characters" }
        if password.utf8.count > longestBytes { return "must have at most \(longestBytes) bytes" }
        let folded = password.lowercased()
        if Set(folded).count < 4 { return "must have more than three different characters" }
        if isCommon(folded) { return "is one of the passwords that are guessed first" }
        if let part = email?.localPart, part.count >= shortestTellingPart, folded.contains(part) {
            return "must not contain the name of your e-mail address"
        }
        return nil
    }

    /// As it stands in the list; or a common word with digits and signs around it or in the place of letters:
    /// `P@ssw0rd2024!`.
    private static func isCommon(_ folded: String) -> Bool {
        if CommonPasswords.whole.contains(folded) { return true }
        var middle = folded[...]
        while let last = middle.last, !last.isLetter { middle.removeLast() }
        while let first = middle.first, !first.isLetter { middle.removeFirst() }
        return CommonPasswords.words.contains(String(middle.map { lookalikes[$0] ?? $0 }))
    }

    private static let lookalikes: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
    ]
}
