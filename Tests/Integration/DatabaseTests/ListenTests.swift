import Database
import Kit
import Runtime
import TestSupport
import Testing

extension DatabaseIntegration {
    @Suite struct ListenTests {
        @Test("A listener hears that listening has begun, then what is sent to its channel and to no other")
        func hears() async throws {
            try await withDatabase { database, _ in
                var orders = database.listen("orders \"new\"").makeAsyncIterator()
                #expect(await orders.next() == "")
                try await database.execute("SELECT pg_notify('other', 'x')")
                try await database.execute("SELECT pg_notify(\("orders \"new\""), 'first')")
                try await database.execute("SELECT pg_notify(\("orders \"new\""), 'second')")
                #expect(await orders.next() == "first")
                #expect(await orders.next() == "second")
                // A later listener of the same channel is told at once.
                var late = database.listen("orders \"new\"").makeAsyncIterator()
                #expect(await late.next() == "")
            }
        }

        @Test("Listening survives the end of its session: the listener is told to look, then hears again")
        func survives() async throws {
            try await withDatabase(1) { database, test in
                var channel = database.listen("jobs").makeAsyncIterator()
                #expect(await channel.next() == "")
                try await test.terminateAll()
                #expect(await channel.next() == "")
                try await retrying { _ = try await database.execute("SELECT pg_notify('jobs', 'after')") }
                #expect(await channel.next() == "after")
            }
        }

        @Test("A stream ends with its pool, and a listener that goes is listened for no more")
        func ends() async throws {
            try await withDatabase { _, test in
                let pool = test.pool(1)
                let kept = pool.listen("kept")
                do {
                    var gone = pool.listen("gone").makeAsyncIterator()
                    #expect(await gone.next() == "")
                }
                pool.stop()
                try await pool.run()
                var heard: [String] = []
                for await text in kept { heard.append(text) }
                #expect(Set(heard).subtracting([""]).isEmpty)
            }
        }
    }
}
