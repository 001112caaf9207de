/// A command line that cannot be run: everything that is wrong with it, and where its help stands.
package struct UsageError: Error, Hashable, Sendable {
    /// One sentence each.
    package let problems: [String]
    /// The command that was understood, from the program's name on; `--help` after it tells more.
    package let command: [String]

    package init(_ problems: [String], command: [String]) {
        self.problems = problems
        self.command = command
    }

    /// As it is shown.
    package var text: String {
        problems.map { "error: \($0)" }.joined(separator: "\n")
            + "\nSee '\((command + ["--help"]).joined(separator: " "))'."
    }
}
