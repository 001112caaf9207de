import Contracts
import JSON
import Kit

/// A value that can be given on the command line.
package protocol ArgumentValue: Sendable {
    /// Nil when the text is none.
    init?(argument: String)
    /// What a text must be, to go after "must be": `a whole number`.
    static var expectation: String { get }
}

extension String: ArgumentValue {
    package init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self = argument
    }
    package static var expectation: String { "given" }
}

extension Int: ArgumentValue {
    /// Nothing here counts below zero.
    package init?(argument: String) {
        guard let value = Int(argument), value >= 0, argument.first != "+" else { return nil }
        self = value
    }
    package static var expectation: String { "a whole number from 0" }
}

extension ID: ArgumentValue {
    package init?(argument: String) { self.init(argument) }
    package static var expectation: String { "an id such as 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21" }
}

extension Money: ArgumentValue {
    package init?(argument: String) {
        guard let value = Money(argument), value > .zero else { return nil }
        self = value
    }
    package static var expectation: String { "an amount above zero in USD, with at most six decimals: 100 or 0.75" }
}

extension Timestamp: ArgumentValue {
    /// A moment, or a day, which means its first moment in UTC.
    package init?(argument: String) {
        guard let value = Timestamp(argument) ?? Timestamp("\(argument)T00:00:00Z") else { return nil }
        self = value
    }
    package static var expectation: String { "a day such as 2026-02-03 or a time such as 2026-02-03T10:35:11Z" }
}

extension ArgumentValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    package init?(argument: String) { self.init(rawValue: argument) }
    package static var expectation: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

extension Capability: ArgumentValue {}
