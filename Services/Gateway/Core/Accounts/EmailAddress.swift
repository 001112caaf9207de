/// An e-mail address in the one form in which accounts are told apart.
package struct EmailAddress: Hashable, Sendable {
    /// In lower case. The standard lets mail servers tell `Ann@` from `ann@`; none that matters does, and two accounts
    /// which differ in that alone would be a trap for their owners.
    package let folded: String

    /// The shape was checked by the field's rule; this only folds.
    package init(_ text: String) { folded = text.lowercased() }

    /// What stands before the `@`.
    package var localPart: Substring { folded.prefix { $0 != "@" } }
}
