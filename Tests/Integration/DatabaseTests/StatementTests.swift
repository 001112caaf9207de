import Database
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension DatabaseIntegration {
    @Suite struct StatementTests {
        @Test("A thousand statements at once over four connections are all answered, each with its own answer")
        func manyAtOnce() async throws {
            try await withDatabase(4) { database, _ in
                let answers = try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
                    for number in 0..<1000 {
                        group.addTask { (number, try await database.value(Int.self, "SELECT \(number) * 2")) }
                    }
                    return try await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
                }
                #expect(answers.count == 1000)
                #expect(answers.allSatisfy { $0.value == $0.key * 2 })
            }
        }

        @Test("Statements that share a pipeline are transactions of their own: one that fails takes no other with it")
        func sharedPipeline() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8 PRIMARY KEY)")
                let failures = await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            do {
                                try await database.execute("INSERT INTO t VALUES (\(number % 100))")
                                return false
                            } catch {
                                return (error as? DatabaseError)?.code == .uniqueViolation
                            }
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(failures == 100)
                let stored = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(stored == 100)
            }
        }

        @Test("A statement may give no rows, or a hundred thousand")
        func rowCounts() async throws {
            struct Pair: Row {
                let number: Int
                let text: String
                init(_ columns: inout Columns) throws(DatabaseError) {
                    number = try columns.next()
                    text = try columns.next()
                }
            }
            try await withDatabase { database, _ in
                let none = try await database.rows(Pair.self, "SELECT 1::int8, 'x' WHERE false")
                #expect(none.isEmpty)
                let missing = try await database.first(Pair.self, "SELECT 1::int8, 'x' WHERE false")
                #expect(missing == nil)
                let many = try await database.rows(
                    Pair.self, "SELECT n, 'row ' || n FROM generate_series(1, \(100_000)) n ORDER BY n")
                #expect(many.count == 100_000)
                #expect(many.last?.text == "row 100000")
                let first = try await database.first(Pair.self, "SELECT n, n::text FROM generate_series(7::int8, 9) n")
                #expect(first?.number == 7)
            }
        }

        @Test("execute tells how many rows it touched")
        func affected() async throws {
            try await withDatabase { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                let inserted = try await database.execute("INSERT INTO t SELECT * FROM unnest(\([1, 2, 3]))")
                #expect(inserted == 3)
                let changed = try await database.execute("UPDATE t SET n = n + 1 WHERE n > \(1)")
                #expect(changed == 2)
                let deleted = try await database.execute("DELETE FROM t WHERE n = \(77)")
                #expect(deleted == 0)
            }
        }

        @Test("What is bound cannot become part of the statement")
        func noInjection() async throws {
            try await withDatabase { database, _ in
                try await database.execute("CREATE TABLE users (name text)")
                let evil = "x'); DROP TABLE users; --"
                try await database.execute("INSERT INTO users VALUES (\(evil))")
                let names = try await database.values(String.self, "SELECT name FROM users WHERE name = \(evil)")
                #expect(names == [evil])
                let table = "odd \"; DROP TABLE users; --"
                try await database.execute("CREATE TABLE \(identifier: table) (n int8)")
                let tables = try await database.values(
                    String.self, "SELECT relname FROM pg_class WHERE relname = ANY(\([table, "users"])) ORDER BY 1")
                #expect(tables == [table, "users"])
            }
        }

        @Test("A violated constraint is named, and is not to be tried again")
        func constraints() async throws {
            try await withDatabase { database, _ in
                try await database.execute(
                    """
                    CREATE TABLE account (id int8 CONSTRAINT account_key PRIMARY KEY,
                        credits int8 CONSTRAINT credits_not_negative CHECK (credits >= 0), owner text NOT NULL,
                        parent int8 CONSTRAINT parent_exists REFERENCES account)
                    """)
                try await database.execute("INSERT INTO account VALUES (1, 0, 'a')")
                let cases: [(SQL, DatabaseError.Code, String?)] = [
                    ("INSERT INTO account VALUES (1, 0, 'a')", .uniqueViolation, "account_key"),
                    ("INSERT INTO account VALUES (2, -1, 'a')", .checkViolation, "credits_not_negative"),
                    ("INSERT INTO account VALUES (2, 1, NULL)", .notNullViolation, nil),
                    ("INSERT INTO account VALUES (2, 1, 'a', 9)", .foreignKeyViolation, "parent_exists"),
                ]
                for (sql, code, constraint) in cases {
                    let error = await databaseError { try await database.execute(sql) }
                    #expect(error?.code == code)
                    #expect(error?.constraint == constraint)
                    #expect(error?.isRetriable == false)
                    #expect(error?.outcomeUnknown == false)
                }
            }
        }

        @Test("A refused statement harms neither its connection nor the same text once it is right")
        func refusedPrepare() async throws {
            try await withDatabase(1) { database, _ in
                for _ in 0..<3 {
                    let error = await databaseError { try await database.execute("SELECT * FROM later") }
                    #expect(error?.sqlState == "42P01")
                }
                try await database.execute("CREATE TABLE later (n int8)")
                for _ in 0..<3 {
                    let count = try await database.execute("SELECT * FROM later")
                    #expect(count == 0)
                }
            }
        }

        @Test("When many tasks send the same new statement at once, nobody uses a name that is not confirmed")
        func concurrentPrepare() async throws {
            try await withDatabase(1) { database, _ in
                let failures = await withTaskGroup(of: String?.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            await databaseError { try await database.execute("SELECT * FROM never") }?.sqlState
                        }
                    }
                    return await group.reduce(into: Set<String?>()) { $0.insert($1) }
                }
                #expect(failures == ["42P01"])
            }
        }

        @Test("A table that changes shape under a prepared statement costs no caller an error")
        func changedShape() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                try await database.execute("INSERT INTO t VALUES (1)")
                for _ in 0..<2 {
                    let value = try await database.value(Int.self, "SELECT * FROM t")
                    #expect(value == 1)
                }
                try await database.execute("ALTER TABLE t ALTER n TYPE text USING 'text'")
                let text = try await database.value(String.self, "SELECT * FROM t")
                #expect(text == "text")
                try await database.execute("ALTER TABLE t ALTER n TYPE int8 USING 5")
                let value = try await database.transaction { try await $0.value(Int.self, "SELECT * FROM t") }
                #expect(value == 5)
            }
        }

        @Test("A connection keeps no more statements prepared than it was told to")
        func boundedCache() async throws {
            var options = DatabaseOptions()
            options.preparedStatements = 4
            try await withDatabase(1, options: options) { database, _ in
                var parts: SQL = "SELECT 0"
                for number in 0..<20 {
                    parts += " + \(number)"
                    let sql = parts
                    _ = try await database.value(Int.self, sql)
                }
                let kept = try await database.value(Int.self, "SELECT count(*) FROM pg_prepared_statements")
                #expect((kept ?? 99) <= 5)
            }
        }

        @Test("Rows that do not fit their struct are errors that name the column")
        func misfits() async throws {
            struct Two: Row {
                let first: Int
                let second: Int
                init(_ columns: inout Columns) throws(DatabaseError) {
                    first = try columns.next()
                    second = try columns.next()
                }
            }
            try await withDatabase { database, _ in
                let tooFew = await databaseError { try await database.rows(Two.self, "SELECT 1::int8") }
                #expect(tooFew?.code == .decoding)
                let tooMany = await databaseError { try await database.rows(Two.self, "SELECT 1::int8, 2::int8, 3") }
                #expect(tooMany?.code == .decoding)
                let null = await databaseError { try await database.rows(Two.self, "SELECT 1::int8, NULL::int8 AS b") }
                #expect(null?.message.contains("column 2 (\"b\") is NULL") == true)
                let type = await databaseError { try await database.rows(Two.self, "SELECT 1::int8, 2::numeric") }
                #expect(type?.message.contains("1700") == true)
                let narrow = await databaseError { try await database.values(Int16.self, "SELECT 40000::int8") }
                #expect(narrow?.message.contains("does not fit") == true)
            }
        }

        @Test("Too many values are refused before anything is sent")
        func tooManyValues() async throws {
            try await withDatabase(1) { database, _ in
                let list = (0..<65_536).map { "\($0)" as SQL }.joined(separator: ", ")
                let error = await databaseError { try await database.execute("SELECT 1 WHERE 1 IN (\(list))") }
                #expect(error?.message.contains("65535") == true)
                let value = try await database.value(Int.self, "SELECT \(1)")
                #expect(value == 1)
            }
        }
    }
}

/// What the body throws, if it is ours.
func databaseError<T>(_ body: () async throws -> T) async -> DatabaseError? {
    do {
        _ = try await body()
        Issue.record("was expected to throw")
        return nil
    } catch {
        if !(error is DatabaseError) { Issue.record("threw \(error)") }
        return error as? DatabaseError
    }
}
