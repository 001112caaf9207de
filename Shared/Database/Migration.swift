import Kit

/// One numbered step of a schema: SQL that is run once, in a transaction of its own, and never edited afterwards.
package struct Migration: Sendable {
    let number: Int
    let name: String
    let text: [UInt8]

    /// Numbers begin at 1 and have no gaps. The text may hold many statements, but no BEGIN or COMMIT.
    package init(_ number: Int, _ name: String, _ sql: StaticString) { self.init(number, name, [sql]) }

    /// The same in parts, each of which begins on a line of its own.
    package init(_ number: Int, _ name: String, _ parts: [StaticString]) {
        self.init(number, name, Array(parts.map { $0.withUTF8Buffer { Array($0) } }.joined(separator: [0x0A])))
    }

    /// The same from a file that travels with the program.
    package init(_ number: Int, _ name: String, _ text: [UInt8]) {
        self.number = number
        self.name = name
        self.text = text
    }
}

extension Database {
    /// Brings the pool's schema up to date, making it if need be. Waits for the server for as long as it takes.
    ///
    /// Any number of processes may do so at once: each step holds an advisory lock of the schema's. Steps that were
    /// applied before must be the same, to the byte (SHA-256); more of them than we know are a newer program's and
    /// left alone.
    package func migrate(_ migrations: [Migration]) async throws {
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw DatabaseError(
                .migration,
                "migration \(index + 1) is missing: number \(migration.number) (\(migration.name)) stands in its place; "
                    + "migrations are numbered from 1 without gaps, in order")
        }
        let schema = schema ?? "public"
        // The first round makes the schema and its table even if there is nothing to apply; what was committed by one that
        // was cut off is found applied.
        try await persistently { while try await applyNext(of: migrations, schema) {} }
    }

    /// For what a service must have done before it can run: a server that goes away in the middle is waited for, like one
    /// that is not there yet. `body` may be done more than once.
    package func persistently<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        while true {
            do {
                return try await body()
            } catch let error as DatabaseError
                where error.code == .connectionLost || error.code == .unavailable || error.code == .waitTimeout
            {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Applies the first migration that is not; false when none was left.
    private func applyNext(of migrations: [Migration], _ schema: String) async throws -> Bool {
        try await transaction(.readCommitted, isPatient: true) { transaction in
            try await transaction.pipeline([
                "SET LOCAL statement_timeout = 0",
                "SET LOCAL lock_timeout = 0",
                "SET LOCAL idle_in_transaction_session_timeout = 0",
                "SELECT pg_advisory_xact_lock(hashtextextended('namaskah.migrations.' || \(schema), 0))",
                // The lock above is only waited for; a table that others use is not: behind a waiting ALTER TABLE
                // everyone else would wait too.
                "SELECT set_config('lock_timeout', '5s', true)",
            ])
            let applied = try await appliedMigrations(transaction, schema)
            let checksums = try await transaction.values(
                String.self,
                """
                SELECT encode(sha256(text), 'hex') FROM unnest(\(migrations.map(\.text))) WITH ORDINALITY t(text, place)
                ORDER BY place
                """)
            try check(applied, against: zip(migrations, checksums), schema)
            guard applied.count < migrations.count else { return false }
            let next = migrations[applied.count]
            do {
                try await transaction.script(next.text)
            } catch let error as DatabaseError where !error.isRetriable {
                throw DatabaseError(
                    .migration, "migration \(next.number) (\(next.name)) was refused: \(error.message)",
                    sqlState: error.sqlState, constraint: error.constraint)
            }
            // A script may have set another path; names below are given in full.
            try await transaction.commit(after: [
                """
                INSERT INTO \(identifier: schema).schema_migrations (number, name, checksum)
                VALUES (\(Int32(next.number)), \(next.name), \(checksums[applied.count]))
                """
            ])
            return applied.count + 1 < migrations.count
        }
    }

    private struct Applied: Row {
        let number: Int32
        let name: String
        let checksum: String

        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            name = try columns.next()
            checksum = try columns.next()
        }
    }

    private func appliedMigrations(_ transaction: Transaction, _ schema: String) async throws -> [Applied] {
        // Asked first because IF NOT EXISTS wants the right to create even where there is nothing to create.
        let isThere = try await transaction.value(
            Bool.self,
            """
            SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                           WHERE n.nspname = \(schema) AND c.relname = 'schema_migrations')
            """)
        if isThere != true {
            let hasSchema = try await transaction.value(
                Bool.self, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = \(schema))")
            if hasSchema != true { try await transaction.execute("CREATE SCHEMA \(identifier: schema)") }
            try await transaction.execute(
                """
                CREATE TABLE \(identifier: schema).schema_migrations (
                    number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now())
                """)
        }
        return try await transaction.rows(
            Applied.self, "SELECT number, name, checksum FROM \(identifier: schema).schema_migrations ORDER BY number")
    }

    private func check(
        _ applied: [Applied], against known: some Sequence<(Migration, String)>, _ schema: String
    ) throws(DatabaseError) {
        for (index, row) in applied.enumerated() where row.number != index + 1 {
            throw DatabaseError(
                .migration,
                "schema \(schema) has migration \(row.number) (\(row.name)) applied but not \(index + 1): a row of "
                    + "\(schema).schema_migrations was deleted; put it back")
        }
        for ((migration, checksum), row) in zip(known, applied)
        where checksum != row.checksum {
            throw DatabaseError(
                .migration,
                "migration \(migration.number) (\(migration.name)) differs from what was applied to schema \(schema): "
                    + "restore its text as it was and put the change into a new migration")
        }
    }
}
