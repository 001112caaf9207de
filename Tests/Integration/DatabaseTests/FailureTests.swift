import Database
import Kit
import Runtime
import TestSupport
import Testing

extension DatabaseIntegration {
    @Suite struct FailureTests {
        @Test("With sessions ended under load every call succeeds or throws a clear error, and nothing is half done")
        func terminatedUnderLoad() async throws {
            try await withDatabase(4) { database, test in
                try await database.execute("CREATE TABLE t (id uuid PRIMARY KEY, pair uuid NOT NULL)")
                let workers = 16
                let outcome = try await withThrowingTaskGroup(of: Outcome.self) { group in
                    for _ in 0..<workers {
                        group.addTask { await insertPairs(database) }
                    }
                    group.addTask {
                        for _ in 0..<10 {
                            try await Task.sleep(for: .milliseconds(50))
                            try await test.terminateAll()
                        }
                        return Outcome()
                    }
                    return try await group.reduce(into: Outcome()) { $0.add($1) }
                }
                #expect(outcome.unexpected.isEmpty)
                #expect(!outcome.failed.isEmpty || !outcome.unknown.isEmpty)
                let stored = Set(
                    try await retrying { try await database.values(ID.self, "SELECT DISTINCT pair FROM t") })
                #expect(outcome.succeeded.isSubset(of: stored))
                #expect(outcome.failed.isDisjoint(with: stored))
                #expect(stored.subtracting(outcome.succeeded).isSubset(of: outcome.unknown))
                let halves = try await database.values(
                    Int.self, "SELECT count(*) FROM t GROUP BY pair HAVING count(*) <> 2")
                #expect(halves.isEmpty)
            }
        }

        private struct Outcome: Sendable {
            var succeeded: Set<ID> = []
            var failed: Set<ID> = []
            var unknown: Set<ID> = []
            var unexpected: [String] = []

            mutating func add(_ other: Outcome) {
                succeeded.formUnion(other.succeeded)
                failed.formUnion(other.failed)
                unknown.formUnion(other.unknown)
                unexpected += other.unexpected
            }
        }

        /// Inserts for a second, half of the pairs in a batch and half in a transaction.
        private func insertPairs(_ database: Database) async -> Outcome {
            var outcome = Outcome()
            let end = ContinuousClock.now + .seconds(1)
            var isBatch = false
            while ContinuousClock.now < end {
                let pair = ID.new()
                let insert: SQL = "INSERT INTO t VALUES (gen_random_uuid(), \(pair))"
                isBatch.toggle()
                do {
                    if isBatch {
                        try await database.batch([insert, insert])
                    } else {
                        try await database.transaction { transaction in
                            try await transaction.execute(insert)
                            try await transaction.execute(insert)
                        }
                    }
                    outcome.succeeded.insert(pair)
                } catch let error as DatabaseError where error.outcomeUnknown && error.code == .connectionLost {
                    outcome.unknown.insert(pair)
                } catch let error as DatabaseError where error.isRetriable && error.code == .connectionLost {
                    outcome.failed.insert(pair)
                } catch {
                    outcome.unexpected.append("\(error)")
                }
            }
            return outcome
        }

        @Test("A session that ends while a COMMIT is held up leaves the outcome unknown, never falsely definite")
        func lostDuringCommit() async throws {
            try await withDatabase(1) { database, test in
                // A deferred trigger that sleeps keeps COMMIT under way for as long as we need.
                try await database.execute("CREATE TABLE t (n int8)")
                try await database.execute(
                    """
                    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$
                    """)
                try await database.execute(
                    """
                    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION slow()
                    """)
                let task = Task {
                    await databaseError {
                        try await database.transaction { try await $0.execute("INSERT INTO t VALUES (1)") }
                    }
                }
                try await eventually {
                    try await test.administrator.value(
                        Int.self,
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = \(test.name) AND query = 'COMMIT' AND wait_event = 'PgSleep'
                        """) == 1
                }
                try await test.terminateAll()
                let error = await task.value
                #expect(error?.outcomeUnknown == true)
                #expect(error?.code == .connectionLost)
                let count = try await retrying { try await database.value(Int.self, "SELECT count(*) FROM t") }
                #expect(count == 0)
            }
        }

        @Test("A session that ends in the middle of a transaction is a definite failure: nothing was committed")
        func lostInTransaction() async throws {
            try await withDatabase(1) { database, test in
                try await database.execute("CREATE TABLE t (n int8)")
                let error = await databaseError {
                    try await database.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        try await test.terminateAll()
                    }
                }
                #expect(error?.code == .connectionLost)
                let count = try await retrying { try await database.value(Int.self, "SELECT count(*) FROM t") }
                #expect(count == 0)
            }
        }

        @Test("The pool recovers after its sessions were ended, and its health says so both times")
        func recovery() async throws {
            try await withDatabase { _, test in
                let health = Health()
                let metrics = Metrics()
                let database = test.pool(1, application: "recovery", health: health, metrics: metrics)
                #expect(!health.isReady)
                _ = try await database.value(Int.self, "SELECT 1::int8")
                #expect(health.isReady)
                try await test.terminateAll()
                try await eventually {
                    metrics.render().contains("database_connections_lost_total{pool=\"recovery\"} 1")
                }
                try await eventually { health.isReady }
                let value = try await database.value(Int.self, "SELECT 1::int8")
                #expect(value == 1)
                let rendered = metrics.render()
                #expect(rendered.contains("database_statement_seconds_count{pool=\"recovery\"}"))
                database.stop()
                try await database.run()
                #expect(!health.isReady)
            }
        }

        @Test("Without a server calls fail as retriable in time, and health tells why")
        func noServer() async throws {
            var options = DatabaseOptions()
            options.waitTimeout = .milliseconds(100)
            let health = Health()
            let database = Database(
                url: "postgres://nobody@127.0.0.1:1/none", connections: 2, applicationName: "none", options: options,
                log: .silent, metrics: Metrics(), health: health)
            let error = await databaseError { try await database.execute("SELECT 1") }
            #expect(error?.code == .unavailable)
            #expect(error?.isRetriable == true)
            #expect(error?.outcomeUnknown == false)
            #expect(error?.message.contains("refused") == true)
            database.stop()
            try await database.run()
            let closed = await databaseError { try await database.execute("SELECT 1") }
            #expect(closed?.code == .closed)
        }

        @Test("A statement that takes too long is ended by the server, and the connection lives on")
        func statementTimeout() async throws {
            var options = DatabaseOptions()
            options.statementTimeout = .milliseconds(500)
            try await withDatabase(1, options: options) { database, _ in
                let before = try await database.value(Int32.self, "SELECT pg_backend_pid()")
                let error = await databaseError { try await database.execute("SELECT pg_sleep(30)") }
                #expect(error?.code == .statementTimeout)
                let after = try await database.value(Int32.self, "SELECT pg_backend_pid()")
                #expect(before == after)
            }
        }

        @Test("A long transaction may take longer than a statement may elsewhere, and than we wait for its answer")
        func longTransaction() async throws {
            var options = DatabaseOptions()
            options.statementTimeout = .milliseconds(500)
            try await withDatabase(1, options: options) { database, _ in
                // Five seconds beyond its limit an answer that has not come is taken for lost.
                let slept = try await database.longTransaction { transaction in
                    try await transaction.value(Bool.self, "SELECT pg_sleep(7) IS NOT NULL")
                }
                #expect(slept == true)
                let error = await databaseError { try await database.execute("SELECT pg_sleep(30)") }
                #expect(error?.code == .statementTimeout, "what comes after it has its limit again")
            }
        }

        @Test("stop lets what is in hand finish, refuses what is new, and run returns after it")
        func draining() async throws {
            try await withDatabase { database, test in
                try await database.execute("CREATE TABLE t (n int8)")
                let pool = test.pool(2)
                let isInside = Meeting(of: 2)
                let isStopped = Meeting(of: 2)
                let task = Task {
                    try await pool.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        await isInside.arrive()
                        await isStopped.arrive()
                        try await transaction.execute("INSERT INTO t VALUES (2)")
                    }
                }
                await isInside.arrive()
                pool.stop()
                let refused = await databaseError { try await pool.execute("SELECT 1") }
                #expect(refused?.code == .closed)
                await isStopped.arrive()
                try await pool.run()
                _ = try await task.value
                let count = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(count == 2)
            }
        }

        @Test("run that is cancelled closes at once, and those who wait are told")
        func cancelledRun() async throws {
            try await withDatabase { _, test in
                let pool = test.pool(1)
                let slow = Task { await databaseError { try await pool.execute("SELECT pg_sleep(30)") } }
                try await eventually {
                    try await test.administrator.value(
                        Int.self,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = \(test.name) AND wait_event = 'PgSleep'"
                    ) == 1
                }
                let run = Task { try await pool.run() }
                run.cancel()
                try await run.value
                let error = await slow.value
                #expect(error?.code == .closed)
                #expect(error?.outcomeUnknown == true)
                try await test.terminateAll()
            }
        }

        @Test("A pool that nobody holds any more closes its connections")
        func forgotten() async throws {
            try await withDatabase { _, test in
                do {
                    let pool = test.pool(2, application: "forgotten")
                    _ = try await pool.value(Int.self, "SELECT 1::int8")
                }
                try await eventually {
                    try await test.administrator.value(
                        Int.self, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'forgotten'") == 0
                }
            }
        }
    }
}

/// Repeats a read until the pool is connected again.
func retrying<T>(_ body: () async throws -> T) async throws -> T {
    while true {
        do {
            return try await body()
        } catch let error as DatabaseError where error.isRetriable {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
