/// A word of the command line: either a command or the name of a group of them.
package struct CommandDefinition: Sendable {
    package let name: String
    /// One line, for the list of the group above.
    package let summary: String
    /// What a person should know before running it; empty for a group that its summary tells all of.
    package let details: String
    package let examples: [String]
    package let arguments: [ArgumentDescription]
    /// Empty for a command.
    package let children: [CommandDefinition]
    /// Nil for a group.
    let read: (@Sendable ([String]) -> (command: Command, problems: [String]))?

    /// A command, with the arguments it takes and what to make of them.
    package static func command<Arguments: CommandArguments>(
        _ name: String, _ summary: String, _ details: String = "", examples: [String], _ type: Arguments.Type,
        _ make: @escaping @Sendable (Arguments) -> Command
    ) -> CommandDefinition {
        CommandDefinition(
            name: name, summary: summary, details: details, examples: examples,
            arguments: ArgumentDescription.all(of: type), children: [],
            read: { words in
                let (arguments, problems) = ArgumentReader.read(type, words)
                return (make(arguments), problems)
            })
    }

    /// A group of commands.
    package static func group(
        _ name: String, _ summary: String, _ details: String = "", examples: [String],
        _ children: [CommandDefinition]
    ) -> CommandDefinition {
        CommandDefinition(
            name: name, summary: summary, details: details, examples: examples, arguments: [], children: children,
            read: nil)
    }
}
