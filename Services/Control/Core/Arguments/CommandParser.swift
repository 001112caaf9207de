/// What a command line asks for.
package enum Invocation: Sendable {
    case run(Command, json: Bool)
    case help(String)
    case version
}

/// Finds the command that the words name, and reads its arguments.
package struct CommandParser: Sendable {
    private let root: CommandDefinition

    package init(_ root: CommandDefinition) { self.root = root }

    /// `words` without the program's own name. `--json`, `--help` and `--version` may stand anywhere before a `--`.
    package func parse(_ words: [String]) throws(UsageError) -> Invocation {
        let end = words.firstIndex(of: "--") ?? words.count
        var own = Array(words[..<end])
        let asksForHelp = own.contains("--help") || own.contains("-h")
        let asksForJSON = own.contains("--json")
        if !asksForHelp, own.contains("--version") { return .version }
        own.removeAll { ["--help", "-h", "--json"].contains($0) }
        let isHelpCommand = own.first == "help"
        if isHelpCommand { own.removeFirst() }

        var rest = (own + words[end...])[...]
        var path = [root.name]
        var place = root
        while !place.children.isEmpty {
            guard let word = rest.first, !word.hasPrefix("-") else { break }
            guard let child = place.children.first(where: { $0.name == word }) else {
                // Nobody who asks for help is scolded for a word that may be an argument.
                if asksForHelp, place.name != root.name { break }
                throw UsageError([unknown(word, in: place, path)], command: path)
            }
            rest.removeFirst()
            path.append(word)
            place = child
        }
        if asksForHelp || isHelpCommand { return .help(HelpText.of(place, path: path)) }
        guard let read = place.read else {
            if let word = rest.first {
                throw UsageError(
                    ["there is no option \(word) here" + Suggestion.text(for: word, among: ["--help", "--version"])],
                    command: path)
            }
            let names = place.children.map(\.name).joined(separator: ", ")
            throw UsageError(["which command? There are \(names)"], command: path)
        }
        let (command, problems) = read(Array(rest))
        if !problems.isEmpty { throw UsageError(problems, command: path) }
        return .run(command, json: asksForJSON)
    }

    private func unknown(_ word: String, in place: CommandDefinition, _ path: [String]) -> String {
        let here = path.dropFirst().joined(separator: " ")
        let complaint = "there is no command '\(here.isEmpty ? word : "\(here) \(word)")'"
        if let nearest = Suggestion.nearest(to: word, among: place.children.map(\.name)) {
            return "\(complaint); did you mean '\(here.isEmpty ? nearest : "\(here) \(nearest)")'?"
        }
        // `namaskahctl export` means `ledger export`.
        for group in place.children where group.children.contains(where: { $0.name == word }) {
            return "\(complaint); did you mean '\(group.name) \(word)'?"
        }
        return "\(complaint); there are \(place.children.map(\.name).joined(separator: ", "))"
    }
}
