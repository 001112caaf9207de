/// The options and operands of one command.
///
/// One function, `map`, names each once. Two mappers run it: one describes (for the help, and to tell options that take
/// a value from those that do not), one reads. So the help and the reading cannot disagree.
///
///     struct TopUp: CommandArguments {
///         var user = ID.zero
///         var reference: String?
///         mutating func map(_ arguments: inout some ArgumentMapper) {
///             arguments.required("user", "<id>", &user, "The account to credit.")
///             arguments.optional("reference", "<text>", &reference, "Your own note.")
///         }
///     }
package protocol CommandArguments: Sendable {
    /// Everything at a value that stands for "not given".
    init()
    /// Names every argument, in the order of the help.
    mutating func map(_ arguments: inout some ArgumentMapper)
    /// What is wrong with the arguments together, once each of them is right.
    var contradiction: String? { get }
}

extension CommandArguments {
    package var contradiction: String? { nil }
}

/// What a command's `map` speaks to.
package protocol ArgumentMapper {
    /// `--name <value>` that must be there.
    mutating func required<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value, _ help: String)
    /// `--name <value>` that may be there.
    mutating func optional<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value?, _ help: String)
    /// `--name`
    mutating func flag(_ name: String, _ value: inout Bool, _ help: String)
    /// What stands by itself, once.
    mutating func operand<Value: ArgumentValue>(_ name: String, _ value: inout Value, _ help: String)
    /// What stands by itself, any number of times; after every `operand`.
    mutating func operands<Value: ArgumentValue>(_ name: String, _ values: inout [Value], _ help: String)
}

/// For a command that takes none.
package struct NoArguments: CommandArguments {
    package init() {}
    package mutating func map(_ arguments: inout some ArgumentMapper) {}
}
