import Database
import Kit
import Runtime
import TestSupport
import Testing

private let first = Migration(
    1, "accounts",
    """
    -- Many statements, with what would trip a naive splitter.
    CREATE TABLE account (id int8 PRIMARY KEY, note text DEFAULT 'a;b');
    CREATE FUNCTION twice(n int8) RETURNS int8 LANGUAGE plpgsql AS $body$ BEGIN RETURN n * 2; END; $body$;
    INSERT INTO account VALUES (1), (2);
    """)
private let second = Migration(2, "owners", "ALTER TABLE account ADD owner text; UPDATE account SET owner = 'x';")

extension DatabaseIntegration {
    @Suite struct MigrationTests {
        @Test("Migrations are applied once, in order, and what is new later on")
        func applied() async throws {
            try await withDatabase { _, test in
                let database = test.pool(2, schema: "billing")
                try await database.migrate([first])
                try await database.migrate([first])
                try await database.migrate([first, second])
                try await database.migrate([first, second])
                let owners = try await database.values(String.self, "SELECT owner FROM billing.account")
                #expect(owners == ["x", "x"])
                let names = try await database.values(
                    String.self, "SELECT number || ' ' || name FROM billing.schema_migrations ORDER BY number")
                #expect(names == ["1 accounts", "2 owners"])
                let four = try await database.value(Int.self, "SELECT twice(\(2))")
                #expect(four == 4)
                // An older program leaves alone what a newer one did.
                try await database.migrate([first])
            }
        }

        @Test("A server that goes away while a service migrates is waited for, and each migration is applied once")
        func interrupted() async throws {
            try await withDatabase { _, test in
                let database = test.pool(2, schema: "billing")
                let slow = Migration(1, "slow", "CREATE TABLE once (n int8); SELECT pg_sleep(0.5);")
                async let migrated: Void = database.migrate([slow])
                let isUnderWay: @Sendable () async -> Bool = {
                    let sleeping = try? await test.administrator.value(
                        Int.self,
                        """
                        SELECT count(*) FROM pg_stat_activity WHERE datname = \(test.name) AND query LIKE '%pg_sleep(0.5)%'
                        """)
                    return sleeping == 1
                }
                #expect(await eventually { await isUnderWay() })
                #expect(try await test.terminateAll() > 0)
                try await migrated
                #expect(try await database.value(Int.self, "SELECT count(*) FROM billing.once") == 0)
            }
        }

        @Test("Four pools that migrate at once apply each migration once")
        func concurrent() async throws {
            try await withDatabase { database, test in
                let migrations = (1...8).map { number in
                    Migration(number, "step", Array("CREATE TABLE t\(number) (n int8); SELECT pg_sleep(0.01);".utf8))
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await test.pool(1, schema: "shop").migrate(migrations) }
                    }
                    try await group.waitForAll()
                }
                let count = try await database.value(Int.self, "SELECT count(*) FROM shop.schema_migrations")
                #expect(count == 8)
            }
        }

        @Test("A migration that was changed, or one that is missing, is an error that says what to do")
        func changed() async throws {
            try await withDatabase { _, test in
                let database = test.pool(1, schema: "billing")
                try await database.migrate([first, second])
                let edited = Migration(2, "owners", "ALTER TABLE account ADD owner varchar;")
                let error = await databaseError { try await database.migrate([first, edited]) }
                #expect(error?.code == .migration)
                #expect(error?.message.contains("new migration") == true)
                let gap = await databaseError {
                    try await database.migrate([first, Migration(3, "late", "SELECT 1")])
                }
                #expect(gap?.message.contains("migration 2 is missing") == true)
                try await database.execute("DELETE FROM billing.schema_migrations WHERE number = 1")
                let hole = await databaseError { try await database.migrate([first, second]) }
                #expect(hole?.message.contains("put it back") == true)
            }
        }

        @Test("A migration that fails leaves nothing of itself, and tells which it was")
        func failing() async throws {
            try await withDatabase { _, test in
                let database = test.pool(1, schema: "billing")
                let bad = Migration(2, "bad", "CREATE TABLE half (n int8); SELECT 1/0;")
                let error = await databaseError { try await database.migrate([first, bad]) }
                #expect(error?.message.contains("2 (bad)") == true)
                #expect(error?.sqlState == "22012")
                let tables = try await database.values(
                    String.self, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'billing' ORDER BY 1")
                #expect(tables == ["account", "schema_migrations"])
                let ending = await databaseError {
                    try await database.migrate([first, Migration(2, "ending", "CREATE TABLE half (n int8); COMMIT;")])
                }
                #expect(ending?.message.contains("ends the transaction") == true)
                try await database.migrate([first, second])
            }
        }

        @Test("A service that may use its schema but not create one can see that nothing is to be done")
        func withoutRights() async throws {
            try await withDatabase { database, test in
                let owner = test.pool(1, schema: "billing")
                try await owner.migrate([first])
                let role = test.name
                try await database.execute("CREATE ROLE \(identifier: role) LOGIN PASSWORD 'limited'")
                try await database.execute("GRANT USAGE ON SCHEMA billing TO \(identifier: role)")
                try await database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA billing TO \(identifier: role)")
                let place = test.url.split(separator: "@", maxSplits: 1).last ?? ""
                let limited = Database(
                    url: "postgres://\(role):limited@\(place)", connections: 1, applicationName: "limited",
                    schema: "billing", log: .silent, metrics: Metrics(), health: Health())
                try await limited.migrate([first])
                let error = await databaseError { try await limited.execute("INSERT INTO account VALUES (9)") }
                #expect(error?.sqlState == "42501")
                try await database.execute("DROP OWNED BY \(identifier: role)")
                try await database.execute("DROP ROLE \(identifier: role)")
            }
        }
    }
}
