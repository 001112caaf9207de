import Kit

/// `ledger export`
package struct ExportLedger: CommandArguments, Equatable {
    package var from: Timestamp?
    package var to: Timestamp?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.optional("from", "<when>", &from, "Nothing before this day, or time, in UTC.")
        arguments.optional("to", "<when>", &to, "Nothing from this day, or time, on.")
    }

    package var contradiction: String? {
        if let from, let to, from >= to { return "--from must lie before --to" }
        return nil
    }
}
