/// Reads the words after a command into its arguments, and tells of everything that is wrong with them at once.
package enum ArgumentReader {
    /// The arguments, or what is wrong with the words.
    package static func read<Arguments: CommandArguments>(
        _ type: Arguments.Type, _ words: [String]
    ) -> (arguments: Arguments, problems: [String]) {
        var reader = Reader(ArgumentDescription.all(of: type), words)
        var arguments = Arguments()
        arguments.map(&reader)
        reader.finish()
        if reader.problems.isEmpty, let contradiction = arguments.contradiction {
            reader.problems.append(contradiction)
        }
        return (arguments, reader.problems)
    }
}

private struct Reader: ArgumentMapper {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    private var operands: ArraySlice<String> = []
    var problems: [String] = []

    init(_ descriptions: [ArgumentDescription], _ words: [String]) {
        let options = descriptions.filter(\.isOption)
        var found: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                found += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                found.append(word)
                continue
            }
            readOption(word, &rest, options)
        }
        operands = found[...]
    }

    private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>, _ options: [ArgumentDescription])
    {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        let attached = parts.count == 2 ? String(parts[1]) : nil
        guard parts[0].hasPrefix("--"), let option = options.first(where: { $0.name == name }) else {
            problems.append(Self.unknown(String(parts[0]), among: options))
            // What follows an unknown option is most likely its value: calling that wrong too would only confuse.
            if attached == nil, let next = rest.first, !next.hasPrefix("-") { rest.removeFirst() }
            return
        }
        guard case .option(let placeholder, _) = option.form else {
            if attached != nil { problems.append("--\(name) takes no value") }
            if !flags.insert(name).inserted { problems.append("--\(name) is given twice") }
            return
        }
        let value: String
        if let attached {
            value = attached
        } else if let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        } else {
            problems.append("--\(name) needs a value: --\(name) \(placeholder)")
            // Known to be there, so that it is not called missing as well.
            values[name] = values[name] ?? ""
            refused.insert(name)
            return
        }
        if values.updateValue(value, forKey: name) != nil { problems.append("--\(name) is given twice") }
    }

    /// Options that were complained about already.
    private var refused: Set<String> = []

    private static func unknown(_ word: String, among options: [ArgumentDescription]) -> String {
        let known = options.map { "--\($0.name)" } + ["--json", "--help"]
        return "there is no option \(word)" + Suggestion.text(for: word, among: known)
    }

    mutating func required<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value, _ help: String
    ) {
        guard values[name] != nil else {
            problems.append("--\(name) \(placeholder) is missing")
            return
        }
        if let read = take(Value.self, name) { value = read }
    }

    mutating func optional<Value: ArgumentValue>(
        _ name: String, _ placeholder: String, _ value: inout Value?, _ help: String
    ) {
        value = take(Value.self, name)
    }

    private mutating func take<Value: ArgumentValue>(_: Value.Type, _ name: String) -> Value? {
        guard let text = values[name], !refused.contains(name) else { return nil }
        guard let value = Value(argument: text) else {
            problems.append("--\(name) must be \(Value.expectation)")
            return nil
        }
        return value
    }

    mutating func flag(_ name: String, _ value: inout Bool, _ help: String) { value = flags.contains(name) }

    mutating func operand<Value: ArgumentValue>(_ name: String, _ value: inout Value, _ help: String) {
        guard let text = operands.popFirst() else {
            problems.append("<\(name)> is missing")
            return
        }
        if let read = convert(Value.self, name, text) { value = read }
    }

    mutating func operands<Value: ArgumentValue>(_ name: String, _ found: inout [Value], _ help: String) {
        while let text = operands.popFirst() {
            if let read = convert(Value.self, name, text) { found.append(read) }
        }
    }

    private mutating func convert<Value: ArgumentValue>(_: Value.Type, _ name: String, _ text: String) -> Value? {
        guard let value = Value(argument: text) else {
            problems.append("<\(name)> must be \(Value.expectation), not '\(text)'")
            return nil
        }
        return value
    }

    mutating func finish() {
        for word in operands { problems.append("'\(word)' is not expected here") }
    }
}
