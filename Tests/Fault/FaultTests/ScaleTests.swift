import Database
import Glibc
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    /// Several workers of one kind, which come, go and die while customers order.
    @Suite("Several Verification workers", .timeLimit(.minutes(15)))
    struct ScaleTests {
        private static let interval = Duration.milliseconds(400)
        /// With the jitter that spreads polls.
        private static let shortest = interval * 0.9 - .milliseconds(5)
        private static let longest = interval * 1.1
        private static let leaseTime = Duration.seconds(15)
        /// What a busy machine may add to anything.
        private static let slack = Duration.seconds(2)

        @Test(
            "They share the open orders and never ask twice within an interval; one may join, leave or die under load, and no code comes later than an interval and a lease"
        )
        func comingAndGoing() async throws {
            let settings: [TestStack.Service: [String: String]] = [
                .verification: [
                    "POLL_BASE_MS": "\(Self.interval.milliseconds)", "POLL_LONGEST_MS": "\(Self.interval.milliseconds)",
                ], .sandbox: ["SANDBOX_JOURNAL_LENGTH": "100000"],
            ]
            try await TestServers.shared { servers in
                try await TestStack.with(servers, settings) { stack in
                    try await Self.comingAndGoing(stack)
                    #expect(await stack.faults() == [])
                }
            }
        }

        private static func comingAndGoing(_ stack: TestStack) async throws {
            let (second, third) = (
                try await stack.startAnother(.verification), try await stack.startAnother(.verification)
            )
            let customer = try await Self.customer(stack)
            var open: [String: ID] = [:]
            for _ in 0..<60 {
                let id = try await customer.order(service: "discord")
                open[try await stack.reference(of: id)] = id
            }
            #expect(await eventually(within: .seconds(5)) { await isShared(stack, by: 3) })
            // Whoever it was that looked, all tell of the account at the provider.
            for worker in [second, third] {
                #expect(
                    await eventually(within: .seconds(10)) {
                        await stack.metric("provider_balance_usd{provider=\"5sim\"}", of: worker) ?? 0 > 0
                    })
            }
            let quiet = Timestamp.now
            try await sharing(open, stack, [second, third], since: quiet)

            // From here on others order too, whose codes come by themselves.
            let isOver = Collected<Bool>()
            async let load = Self.load(stack, until: isOver)
            let fourth = try await stack.startAnother(.verification)
            #expect(await eventually(within: .seconds(3)) { await isShared(stack, by: 4) }, "no share for who joins")

            // One leaves in order: the others have its work within a moment.
            let leaving = ContinuousClock.now
            second.child.signal(SIGTERM)
            #expect(await eventually(within: .seconds(10)) { await isShared(stack, by: 3) })
            #expect(leaving.duration(to: .now) < .seconds(2), "\(leaving.duration(to: .now))")
            #expect(await second.child.end(within: .seconds(20)) == .exited(0), "\(second.log.suffix(2000))")
            for (reference, gap) in try await gaps(open, stack, since: quiet) {
                #expect(gap < longest + .seconds(1) + slack, "\(reference) was not asked about for \(gap)")
            }

            // One dies, the one that has the lanes of the outbox and all the jobs: its work waits for the end of its
            // leases, and no longer.
            let death = Timestamp.now
            try await stack.kill(.verification)
            let told = Array(open.prefix(30))
            for (reference, _) in told { try await stack.sandbox("POST", "/orders/\(reference)/sms", [:]) }
            for (_, id) in told {
                let left = death + leaseTime + longest + slack - .now
                #expect(try await customer.state(of: id, within: left) == "completed", "\(id) has no code yet")
            }
            #expect(await eventually(within: leaseTime + slack) { await isShared(stack, by: 2) })
            let waiting = open.filter { entry in !told.contains { $0.key == entry.key } }
            let all = try await gaps(waiting, stack, since: death)
            for (reference, gap) in all {
                #expect(gap < leaseTime + longest + slack, "\(reference) was not asked about for \(gap)")
            }
            // Or else nobody died who had anything to do.
            #expect(all.contains { $0.value > .seconds(5) })

            isOver.append(true)
            let others = try await load
            #expect(others.count > 10 && others.allSatisfy { $0 == "completed" }, "\(others)")
            // Whoever takes over cannot know when its predecessor asked last: once for each who came or went.
            for (reference, times) in try await stack.checks(since: quiet) where waiting[reference] != nil {
                #expect(zip(times, times.dropFirst()).count { $1 - $0 < shortest } <= 3, "\(reference)")
            }
            try await cancel(Array(waiting.values), customer)
            #expect(await stack.metric("verification_shards", of: third) == 512)
            #expect(await stack.metric("verification_shards", of: fourth) == 512)
        }

        /// Somebody who can order what never gets a message by itself.
        private static func customer(_ stack: TestStack) async throws -> TestCustomer {
            try await stack.sandbox("PUT", "/arrival", ["product": "discord", "mode": "manual"])
            let customer = try await stack.customer()
            #expect(await eventually { (try? await customer.price(service: "discord")) != nil })
            return customer
        }

        /// Cancels orders at the same time, and waits until they are.
        private static func cancel(_ orders: [ID], _ customer: TestCustomer) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in orders {
                    group.addTask {
                        _ = try await customer.send(.delete, "/verify/\(id)")
                        #expect(try await customer.state(of: id) == "cancelled")
                    }
                }
                try await group.waitForAll()
            }
        }

        /// While nobody comes or goes.
        private static func sharing(
            _ open: [String: ID], _ stack: TestStack, _ others: [TestWorker], since start: Timestamp
        ) async throws {
            #expect(
                await eventually(within: .seconds(20)) {
                    // A failed look is repeated.
                    let checks = (try? await stack.checks(since: start)) ?? [:]
                    return open.keys.allSatisfy { checks[$0, default: []].count >= 6 }
                })
            let checks = try await stack.checks(since: start)
            for reference in open.keys {
                let times = checks[reference, default: []]
                for (earlier, later) in zip(times, times.dropFirst()) {
                    #expect(later - earlier >= shortest, "\(reference) was asked about twice in \(later - earlier)")
                    #expect(
                        later - earlier < longest + slack, "\(reference) was not asked about for \(later - earlier)")
                }
            }
            var counts = [await stack.metric("verification_open_orders", of: .verification) ?? 0]
            for other in others { counts.append(await stack.metric("verification_open_orders", of: other) ?? 0) }
            #expect(counts.reduce(0, +) == Double(open.count) && counts.allSatisfy { $0 > 0 }, "\(counts)")
        }

        /// Orders one after the other until told to stop; gives what became of all.
        private static func load(_ stack: TestStack, until isOver: Collected<Bool>) async throws -> [String] {
            let customer = try await stack.customer()
            var orders: [ID] = []
            // However slow the machine is, enough of them to tell.
            while isOver.count == 0 || orders.count <= 10, orders.count < 500, !Task.isCancelled {
                let id = try await customer.order()
                orders.append(id)
                // At the pace of the service, and no faster.
                _ = try await stack.reference(of: id, within: .seconds(45))
            }
            var ends: [String] = []
            for id in orders { ends.append(try await customer.state(of: id)) }
            return ends
        }

        /// Whether so many workers have all shards, each its part.
        private static func isShared(_ stack: TestStack, by workers: Int64) async -> Bool {
            // A failed look is repeated.
            let counts = try? await stack.database.values(
                Int64.self,
                """
                SELECT count(*) FROM verification.shards s JOIN verification.workers w ON w.id = s.owner
                WHERE w.until > now() AND NOT w.leaving GROUP BY s.owner
                """)
            guard let counts else { return false }
            return counts.count == workers && counts.reduce(0, +) == 1024
                && counts.allSatisfy { $0 >= 1024 / workers - 3 }
        }

        /// The longest that each order was not asked about.
        private static func gaps(
            _ orders: [String: ID], _ stack: TestStack, since start: Timestamp
        ) async throws -> [String: Duration] {
            let checks = try await stack.checks(since: start)
            return Dictionary(
                uniqueKeysWithValues: orders.keys.map { reference in
                    let times = [start] + checks[reference, default: []] + [.now]
                    return (reference, zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero)
                })
        }

        @Test("Together they ask the provider no more often than it allows one of them, and as often as that")
        func budget() async throws {
            let settings: [TestStack.Service: [String: String]] = [
                .verification: ["FIVESIM_RATE_PER_SECOND": "40", "POLL_BASE_MS": "300", "POLL_LONGEST_MS": "300"],
                .sandbox: ["SANDBOX_JOURNAL_LENGTH": "100000", "SANDBOX_REQUESTS_PER_SECOND": "50"],
            ]
            try await TestServers.shared { servers in
                try await TestStack.with(servers, settings) { stack in
                    for _ in 0..<2 { _ = try await stack.startAnother(.verification) }
                    let customer = try await Self.customer(stack)
                    var open: [ID] = []
                    for _ in 0..<60 { open.append(try await customer.order(service: "discord")) }
                    for id in open { _ = try await stack.reference(of: id) }
                    #expect(await eventually(within: .seconds(10)) { await Self.isShared(stack, by: 3) })
                    // Far more is due than may be asked: 200 a second.
                    let start = Timestamp.now
                    #expect(
                        await eventually(within: .seconds(30)) {
                            // A failed look is repeated.
                            ((try? await stack.checks(since: start)) ?? [:]).values.reduce(0) { $0 + $1.count } >= 160
                        })
                    let requests = try await stack.providerRequests().filter { $0.endpoint != "prices" }
                    let elapsed = (Timestamp.now - start).inSeconds
                    #expect(elapsed < 160 / 40.0 * 1.6, "only 160 requests in \(elapsed) s")
                    #expect(!requests.contains { $0.status == 429 })
                    let seconds = Dictionary(grouping: requests, by: { $0.at.microseconds / 1_000_000 })
                    #expect(seconds.values.map(\.count).max() ?? 0 <= 46, "\(seconds.mapValues(\.count))")
                    // Who cancels does not wait behind all that is only asked.
                    let cancelling = ContinuousClock.now
                    try await Self.cancel(open, customer)
                    #expect(cancelling.duration(to: .now) < .seconds(10))
                    #expect(await stack.faults() == [])
                }
            }
        }
    }
}
