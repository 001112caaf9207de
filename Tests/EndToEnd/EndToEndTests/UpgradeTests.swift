import Database
import HTTPClient
import JSON
import Kit
import Runtime
import TestSupport
import Testing

@testable import BillingApp
@testable import GatewayApp
@testable import VerificationApp

/// What an earlier version left behind is this version's to go on with. A stack of its own, whose database has a past.
@Suite("Upgrades", .serialized, .enabled(if: TestEnvironment.hasServers))
struct UpgradeTests {
    /// The migrations of the version that left `one-provider.sql` behind.
    private static let oneProvider: [(schema: String, migrations: ArraySlice<Migration>)] = [
        ("billing", LedgerMigrations.all.prefix(7)), ("gateway", GatewayMigrations.all.prefix(12)),
        ("verification", VerificationMigrations.all.prefix(14)),
    ]
    /// Its customer.
    private static let key = "nk_live_Y1ewzyjNJwGZCpE2Dw3AYYZUimKimbhvvaLdFWpnhFXDqxHA1"
    private static let id = ID("01a20364-0aa0-703e-ba7b-58b3cf186638")

    /// Puts the database where that version had left it. The tables are made by today's migrations of the same numbers;
    /// services refuse to start upon them where one of these is not what it was then, since its checksum is loaded too.
    private static func goBack(_ servers: TestServers) async throws {
        for (schema, migrations) in oneProvider {
            let database = Database(
                url: servers.databaseURL, connections: 1, applicationName: "test", schema: schema, log: .silent,
                metrics: Metrics(), health: Health())
            try await running([database]) { try await database.migrate(Array(migrations)) }
        }
        try await TestPostgres.load("Tests/Fixtures/Upgrade/one-provider.sql", into: servers.databaseURL)
        let database = Database(
            url: servers.databaseURL, connections: 1, applicationName: "test", log: .silent, metrics: Metrics(),
            health: Health())
        _ = try await running([database]) { try await database.execute(hourAgo) }
    }

    /// Moves everything to where it was left behind an hour ago: long enough for patience to be over, not for anything to
    /// be forgotten.
    private static let hourAgo: SQL = """
        DO $$
        DECLARE
            moved record;
            age interval := now() - (SELECT max(created_at) FROM gateway.outbox) - interval '1 hour';
        BEGIN
            PERFORM set_config('session_replication_role', 'replica', true);
            FOR moved IN
                SELECT format('UPDATE %s SET %s', c.oid::regclass,
                    string_agg(format('%I = %I + $1', a.attname, a.attname), ', ')) AS statement
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relkind = 'r' AND a.atttypid = 'timestamptz'::regtype AND a.attnum > 0 AND NOT a.attisdropped
                    AND c.relnamespace IN ('billing'::regnamespace, 'gateway'::regnamespace, 'verification'::regnamespace)
                GROUP BY c.oid
            LOOP
                EXECUTE moved.statement USING age;
            END LOOP;
        END $$
        """

    @Test("What one provider's version left behind is kept, what it had begun is ended, and the books agree")
    func oneProvider() async throws {
        try await TestServers.shared { servers in
            try await Self.goBack(servers)
            try await TestStack.with(servers) { stack in
                let customer = TestCustomer(stack: stack, id: try #require(Self.id), key: Self.key)
                // Of the two that were under way, the one bought for is bought for no more: its patience is over.
                let ends = [
                    "01a20364-12f7-72df-bbc5-d66450f48f0c": "completed",
                    "01a20364-1326-7585-a442-db8db776022e": "cancelled",
                    "01a20364-3b1d-7147-b9d6-0ede5556628c": "failed",
                    "01a20364-4312-7508-82a0-df39acd1b1e7": "failed",
                    "01a20364-623c-713a-b841-9a061bf09eb7": "completed",
                ]
                for (text, end) in ends {
                    let id = try #require(ID(text))
                    #expect(try await customer.state(of: id, within: .seconds(60)) == end, "\(text)")
                    #expect(try await customer.send(.get, "/verify/\(id)/timeline").status == 200)
                }
                let messages = try await customer.send(
                    .get, "/verify/01a20364-12f7-72df-bbc5-d66450f48f0c/messages")
                #expect(messages.json["data"]?.arrayValue?.first?["code"]?.stringValue == "90729", "\(messages.text)")
                // Asked again, the order that was taken last is the same.
                let again = try await customer.create(key: "once")
                #expect(again.json["verification_id"]?.stringValue == "01a20364-623c-713a-b841-9a061bf09eb7")
                #expect(try await customer.balance() == (8_500_000, 0))

                let order = try await customer.order()
                #expect(try await customer.state(of: order) == "completed")
                // Another simulated provider sold what was sold then.
                #expect(await stack.faults(besidesProviders: true) == [])
            }
        }
    }
}
