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

    /// Runs several statements in one round trip, in their order, and gives all rows of each. A statement that is nil is
    /// left out and has no rows. The first refusal skips the rest.
    package func rows<each R: Row>(_ queries: repeat Query<each R>?) async throws -> (repeat [each R]) {
        var statements: [SQL] = []
        for query in repeat each queries {
            if let query { statements.append(query.sql) }
        }
        var results = statements.isEmpty ? [] : try await perform(.statements(statements))[...]
        func take<One: Row>(_ query: Query<One>?) throws -> [One] {
            guard query != nil, let result = results.popFirst() else { return [] }
            return try result.rows(One.self)
        }
        return (repeat try take(each queries))
    }

    /// Runs statements and then one with rows, all in one round trip.
    package func rows<R: Row>(after statements: [SQL], _ query: Query<R>?) async throws -> [R] {
        try await last(query, after: statements, commits: false)
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

    /// The same, with a statement whose rows are wanted behind the others.
    package func commit<R: Row>(after statements: [SQL], _ query: Query<R>?) async throws -> [R] {
        try await last(query, after: statements, commits: true)
    }

    private func last<R: Row>(_ query: Query<R>?, after statements: [SQL], commits: Bool) async throws -> [R] {
        let all = statements + (query.map { [$0.sql] } ?? [])
        guard commits || !all.isEmpty else { return [] }
        let results = try await perform(.statements(all), commits: commits)
        guard query != nil, let result = results.last else { return [] }
        return try result.rows(R.self)
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

/// A statement, and what its rows are.
package struct Query<R: Row>: Sendable {
    let sql: SQL
    /// For `Transaction.rows`, which asks several at once.
    package init(_ type: R.Type, _ sql: SQL) { self.sql = sql }
}

extension Query {
    /// For a statement whose rows have one column, or whose rows are of no interest.
    package init<Value: DatabaseValue>(_ value: Value.Type, _ sql: SQL) where R == SingleColumn<Value> {
        self.sql = sql
    }
}
