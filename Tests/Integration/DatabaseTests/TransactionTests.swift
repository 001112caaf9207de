import Database
import Kit
import Runtime
import TestSupport
import Testing

private struct Deliberate: Error {}

extension DatabaseIntegration {
    @Suite struct TransactionTests {
        @Test("What a transaction did is there after it returned, and not after it threw")
        func commitAndRollback() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8 PRIMARY KEY)")
                let result = try await database.transaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    try await transaction.execute("INSERT INTO t VALUES (2)")
                    return "done"
                }
                #expect(result == "done")
                await #expect(throws: Deliberate.self) {
                    try await database.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (3)")
                        throw Deliberate()
                    }
                }
                let numbers = try await database.values(Int.self, "SELECT n FROM t ORDER BY n")
                #expect(numbers == [1, 2])
            }
        }

        @Test("A body that swallows a refusal cannot commit the rest: the first refusal is thrown")
        func swallowedError() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8 PRIMARY KEY)")
                let error = await databaseError {
                    try await database.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        _ = try? await transaction.execute("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(error?.code == .uniqueViolation)
                let count = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(count == 0)
            }
        }

        @Test("A pipeline's first refusal skips the rest and rolls back")
        func pipelines() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8 PRIMARY KEY)")
                let counts = try await database.transaction { transaction in
                    try await transaction.pipeline([
                        "INSERT INTO t VALUES (1), (2)", "UPDATE t SET n = n + 10", "DELETE FROM t WHERE n = 11",
                    ])
                }
                #expect(counts == [2, 2, 1])
                let error = await databaseError {
                    try await database.transaction { transaction in
                        try await transaction.pipeline([
                            "INSERT INTO t VALUES (20)", "INSERT INTO t VALUES (12)", "INSERT INTO t VALUES (21)",
                        ])
                    }
                }
                #expect(error?.constraint == "t_pkey")
                let batch = try await database.batch(["INSERT INTO t VALUES (30)", "INSERT INTO t VALUES (31), (32)"])
                #expect(batch == [1, 2])
                let refused = await databaseError {
                    try await database.batch(["INSERT INTO t VALUES (40)", "INSERT INTO t VALUES (30)"])
                }
                #expect(refused?.code == .uniqueViolation)
                let numbers = try await database.values(Int.self, "SELECT n FROM t ORDER BY n")
                #expect(numbers == [12, 30, 31, 32])
            }
        }

        @Test("A constraint checked at COMMIT refuses the transaction and names itself")
        func deferredConstraint() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute(
                    "CREATE TABLE t (n int8 CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                let inTransaction = await databaseError {
                    try await database.transaction { try await $0.execute("INSERT INTO t VALUES (1), (1)") }
                }
                #expect(inTransaction?.constraint == "once")
                // Alone, the statement's own COMMIT is its Sync: the refusal comes between the answer and its end.
                let alone = await databaseError { try await database.execute("INSERT INTO t VALUES (1), (1)") }
                #expect(alone?.constraint == "once")
                let inBatch = await databaseError { try await database.batch(["INSERT INTO t VALUES (1), (1)"]) }
                #expect(inBatch?.constraint == "once")
                let count = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(count == 0)
            }
        }

        @Test("Of two serializable transactions that contradict each other, the loser runs again")
        func serializationRetry() async throws {
            try await withDatabase(2) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                let runs = Tally()
                let bothHaveRead = Meeting(of: 2)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await database.transaction(.serializable) { transaction in
                                let run = runs.add()
                                let count = try await transaction.value(Int.self, "SELECT count(*) FROM t") ?? 0
                                if run <= 2 { await bothHaveRead.arrive() }
                                try await transaction.execute("INSERT INTO t VALUES (\(count))")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // The second try may meet the first one's winner again before it has ended.
                #expect(runs.count >= 3)
                let numbers = try await database.values(Int.self, "SELECT n FROM t ORDER BY n")
                #expect(numbers == [0, 1])
            }
        }

        @Test("A deadlock is resolved by running one of the two again")
        func deadlockRetry() async throws {
            try await withDatabase(2) { database, _ in
                try await database.execute("CREATE TABLE t (k int8 PRIMARY KEY, n int8)")
                try await database.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
                let runs = Tally()
                let bothHold = Meeting(of: 2)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (first, second) in [(1, 2), (2, 1)] {
                        group.addTask {
                            try await database.transaction { transaction in
                                let run = runs.add()
                                try await transaction.execute("UPDATE t SET n = n + 1 WHERE k = \(first)")
                                if run <= 2 { await bothHold.arrive() }
                                try await transaction.execute("UPDATE t SET n = n + 1 WHERE k = \(second)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(runs.count == 3)
                let numbers = try await database.values(Int.self, "SELECT n FROM t")
                #expect(numbers == [2, 2])
            }
        }

        @Test("A body that keeps losing is run four times and no more")
        func boundedRetry() async throws {
            var options = DatabaseOptions()
            options.lockTimeout = .milliseconds(1)
            try await withDatabase(2, options: options) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                let runs = Tally()
                try await database.transaction { holder in
                    try await holder.execute("LOCK TABLE t")
                    let error = await databaseError {
                        try await database.transaction { transaction in
                            runs.add()
                            try await transaction.execute("LOCK TABLE t")
                        }
                    }
                    #expect(error?.code == .lockTimeout)
                    #expect(error?.isRetriable == true)
                }
                #expect(runs.count == 4)
            }
        }

        @Test("A cancelled transaction ends at once, is rolled back, and gives its connection back")
        func cancelled() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                let isInside = Meeting(of: 2)
                let task = Task {
                    try await database.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        await isInside.arrive()
                        try await transaction.execute("SELECT pg_sleep(1)")
                    }
                }
                await isInside.arrive()
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                let count = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(count == 0)
            }
        }

        @Test("A transaction whose statement was cancelled cannot commit, though its body goes on")
        func cancelledStatement() async throws {
            try await withDatabase(1) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                let error = await databaseError {
                    try await database.transaction { transaction in
                        try await transaction.execute("INSERT INTO t VALUES (1)")
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                _ = try? await transaction.execute("INSERT INTO t SELECT 2 FROM pg_sleep(0.2)")
                            }
                            try await Task.sleep(for: .milliseconds(50))
                            group.cancelAll()
                        }
                    }
                }
                #expect(error?.code == .transactionAborted)
                let count = try await database.value(Int.self, "SELECT count(*) FROM t")
                #expect(count == 0)
            }
        }

        @Test("Tasks cancelled at any moment leave no connection taken and no transaction open")
        func cancelledOften() async throws {
            try await withDatabase(2) { database, test in
                try await database.execute("CREATE TABLE t (n int8)")
                for round in 0..<200 {
                    let task = Task {
                        try await database.transaction { transaction in
                            try await transaction.execute("INSERT INTO t VALUES (1)")
                            try await transaction.execute("INSERT INTO t VALUES (2)")
                        }
                    }
                    for _ in 0..<(round % 20) { await Task.yield() }
                    task.cancel()
                    _ = await task.result
                }
                let pairs = try await database.value(
                    Int.self, "SELECT count(*) FILTER (WHERE n = 1) - count(*) FILTER (WHERE n = 2) FROM t")
                #expect(pairs == 0)
                try await eventually {
                    try await test.administrator.value(
                        Int.self,
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = \(test.name) AND state LIKE 'idle in transaction%'
                        """) == 0
                }
                // Both connections can still be had at the same time.
                try await database.transaction { one in
                    try await one.execute("SELECT 1")
                    try await database.transaction { try await $0.execute("SELECT 1") }
                }
            }
        }

        @Test("A call that waits too long for a connection says so, and later ones are served")
        func waitTimeout() async throws {
            var options = DatabaseOptions()
            options.waitTimeout = .milliseconds(300)
            try await withDatabase(1, options: options) { database, _ in
                try await eventually { (try? await database.value(Int.self, "SELECT 1::int8")) == 1 }
                try await database.transaction { transaction in
                    try await transaction.execute("SELECT 1")
                    let error = await databaseError { try await database.execute("SELECT 1") }
                    #expect(error?.code == .waitTimeout)
                    #expect(error?.isRetriable == true)
                }
                let value = try await database.value(Int.self, "SELECT 1::int8")
                #expect(value == 1)
            }
        }

        @Test("Statements of one transaction may be asked for at the same time")
        func concurrentWithin() async throws {
            try await withDatabase(1) { database, _ in
                let sum = try await database.transaction { transaction in
                    async let first = transaction.value(Int.self, "SELECT \(1)")
                    async let second = transaction.value(Int.self, "SELECT \(2)")
                    return try await (first ?? 0) + (second ?? 0)
                }
                #expect(sum == 3)
            }
        }

        @Test("A transaction that runs nothing takes no connection; one that is over refuses")
        func edges() async throws {
            try await withDatabase(1) { database, _ in
                let leaked = try await database.transaction { outer in
                    try await outer.execute("SELECT 1")
                    return try await database.transaction { _ in outer }
                }
                let error = await databaseError { try await leaked.execute("SELECT 1") }
                #expect(error?.code == .closed)
            }
        }

        @Test("A read-only snapshot refuses to write and sees one moment")
        func snapshot() async throws {
            try await withDatabase(2) { database, _ in
                try await database.execute("CREATE TABLE t (n int8)")
                try await database.transaction(.readOnlySnapshot) { transaction in
                    let before = try await transaction.value(Int.self, "SELECT count(*) FROM t")
                    try await database.execute("INSERT INTO t VALUES (1)")
                    let after = try await transaction.value(Int.self, "SELECT count(*) FROM t")
                    #expect(before == 0 && after == 0)
                }
                let error = await databaseError {
                    try await database.transaction(.readOnlySnapshot) {
                        try await $0.execute("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(error?.sqlState == "25006")
            }
        }
    }
}
