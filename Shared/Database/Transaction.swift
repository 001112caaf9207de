import Kit
import Synchronization

/// An open transaction, lent to the body of `Database.transaction`. Of no use after that body has ended.
///
/// The first refusal rolls it back: statements after that are refused too, and the body cannot commit what came before.
package struct Transaction: Sendable {
    let door: PoolDoor
    let lease: Lease
    let isPatient: Bool

    /// All rows of a statement.
    package func rows<R: Row>(_ type: R.Type, _ sql: SQL) async throws -> [R] {
        try await send(sql).rows(type)
    }

    /// The first row of a statement, if it has any.
    package func first<R: Row>(_ type: R.Type, _ sql: SQL) async throws -> R? {
        try await send(sql).rows(type, limit: 1).first
    }

    /// The only column of all rows.
    package func values<Value: DatabaseValue>(_ type: Value.Type, _ sql: SQL) async throws -> [Value] {
        try await send(sql).rows(SingleColumn<Value>.self).map(\.value)
    }

    /// The only column of the first row, if there is any.
    package func value<Value: DatabaseValue>(_ type: Value.Type, _ sql: SQL) async throws -> Value? {
        try await send(sql).rows(SingleColumn<Value>.self, limit: 1).first?.value
    }

    /// Runs a statement and tells how many rows it inserted, changed or deleted.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int { try await send(sql).affectedRows }

    /// Runs statements in one round trip and tells how many rows each changed. The first refusal skips the rest.
    @discardableResult
    package func pipeline(_ statements: [SQL]) async throws -> [Int] {
        guard !statements.isEmpty else { return [] }
        return try await perform(.statements(statements)).map(\.affectedRows)
    }

    /// Runs the last statements and commits, all in one round trip; nothing can follow.
    @discardableResult
    package func commit(after statements: [SQL]) async throws -> [Int] {
        try await perform(.statements(statements), commits: true).map(\.affectedRows)
    }

    private func send(_ sql: SQL) async throws -> PostgresResult { try await perform(.statements([sql])).only() }

    /// Runs a text of many statements. The transaction must have begun.
    func script(_ text: [UInt8]) async throws { _ = try await perform(.script(text)) }

    /// Commits what was done, if anything was and it is not committed yet.
    func commit() async throws {
        switch lease.progress {
        case .untouched, .committed: break
        case .open: _ = try await perform(.statements([]), commits: true)
        }
    }

    private func perform(_ work: Request.Work, commits: Bool = false) async throws -> [PostgresResult] {
        lease.progress = .open
        let results = try await door.perform(
            Request(work, lease: lease, commits: commits, isPatient: isPatient))
        if commits { lease.progress = .committed }
        return results
    }
}
