import Kit

/// Who may give whom which role.
package enum RoleChange {
    /// Why an account's role cannot be changed so; nil when it can. Only administrators change roles, nobody their own
    /// (the last of them could lock everybody out by a slip), and the account of the bootstrap key is what it is.
    package static func refusal(of target: ID, by actor: ID, whoIs role: Role, bootstrap: ID) -> Problem? {
        guard role.includes(.admin) else { return Problem(.forbidden, "This needs the role admin.") }
        if target == bootstrap { return Problem(.conflict, "The role of the bootstrap account cannot be changed.") }
        if target == actor { return Problem(.conflict, "Nobody can change the role of his own account.") }
        return nil
    }
}
