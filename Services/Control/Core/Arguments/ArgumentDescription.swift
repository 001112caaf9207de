/// One argument, as the help tells of it.
package struct ArgumentDescription: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        case option(placeholder: String, isRequired: Bool)
        case flag
        case operand
        case operands
    }

    /// Without the dashes.
    package let name: String
    package let form: Form
    package let help: String

    package init(_ name: String, _ form: Form, _ help: String) {
        self.name = name
        self.form = form
        self.help = help
    }

    /// Every argument of a command.
    package static func all<Arguments: CommandArguments>(of type: Arguments.Type) -> [ArgumentDescription] {
        var mapper = Describer()
        var arguments = Arguments()
        arguments.map(&mapper)
        return mapper.descriptions
    }

    /// How it is written: `--user <id>`, `<id>`, `[<id>…]`.
    var notation: String {
        switch form {
        case .option(let placeholder, _): "--\(name) \(placeholder)"
        case .flag: "--\(name)"
        case .operand: "<\(name)>"
        case .operands: "[<\(name)>…]"
        }
    }

    /// The same in a line of usage, where brackets say what may be left out.
    var usage: String {
        switch form {
        case .option(_, isRequired: false), .flag: "[\(notation)]"
        case .option, .operand, .operands: notation
        }
    }

    var isOption: Bool {
        switch form {
        case .option, .flag: true
        case .operand, .operands: false
        }
    }
}

private struct Describer: ArgumentMapper {
    var descriptions: [ArgumentDescription] = []

    mutating func required<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value, _ help: String
    ) {
        add(name, .option(placeholder: placeholder, isRequired: true), help)
    }

    mutating func optional<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value?, _ help: String
    ) {
        add(name, .option(placeholder: placeholder, isRequired: false), help)
    }

    mutating func flag(_ name: String, _ value: inout Bool, _ help: String) { add(name, .flag, help) }

    mutating func operand<Value: ArgumentValue>(_ name: String, _ value: inout Value, _ help: String) {
        precondition(!descriptions.contains { $0.form == .operands }, "nothing can follow what repeats")
        add(name, .operand, help)
    }

    mutating func operands<Value: ArgumentValue>(_ name: String, _ values: inout [Value], _ help: String) {
        add(name, .operands, help)
    }

    private mutating func add(_ name: String, _ form: ArgumentDescription.Form, _ help: String) {
        precondition(!descriptions.contains { $0.name == name }, "an argument is named once")
        descriptions.append(ArgumentDescription(name, form, help))
    }
}
