import Kit
import TestSupport
import Testing

@testable import Bus

/// The parts that decide and touch nothing, in small worlds.
@Suite struct BusState {
    @Test("an address is read in all its parts, with escapes, and told without its password")
    func address() throws {
        let full = try AMQPAddress("amqp://us%40er:p%3Ass@broker.example:5673/my%2fvhost?heartbeat=3")
        #expect(full.user == "us@er")
        #expect(full.password == "p:ss")
        #expect(full.host == "broker.example")
        #expect(full.port == 5673)
        #expect(full.vhost == "my/vhost")
        #expect(!full.description.contains("p:ss"))
        let short = try AMQPAddress("amqp://localhost")
        #expect(short.port == 5672)
        #expect(short.user == "guest")
        #expect(short.vhost == "/")
        #expect(try AMQPAddress("amqp://localhost/").vhost == "/")
        #expect(try AMQPAddress("amqp://a:b@[::1]:1234/x").host == "::1")
        for wrong in [
            "http://localhost", "amqps://localhost", "amqp://", "amqp://host:0", "amqp://host:port", "amqp://u@host",
            "amqp://host/%zz", "amqp://host/%0", "amqp://host/%00",
        ] {
            #expect(throws: BusError.self) { try AMQPAddress(wrong) }
        }
    }

    @Test("confirms settle each message once, whatever their order, one by one or up to a number")
    func confirms() {
        var window = ConfirmWindow<Int>(maximumCount: 10, maximumSize: 1000)
        for number in 1...6 { window.append(number, size: 10) }
        #expect(window.count == 6 && window.size == 60)
        #expect(window.settle(4, multiple: false).map(\.item) == [4])
        #expect(window.settle(4, multiple: false).isEmpty)
        window.markReturned("nobody") { $0 == 2 }
        let first = window.settle(3, multiple: true)
        #expect(first.map(\.item) == [1, 2, 3])
        #expect(first.map(\.returned) == [nil, "nobody", nil])
        #expect(window.settle(2, multiple: true).isEmpty)
        #expect(window.settle(99, multiple: false).isEmpty)
        window.append(7, size: 10)
        #expect(window.settle(0, multiple: true).map(\.item) == [5, 6, 7])
        #expect(window.isEmpty && window.size == 0)
        #expect(window.settle(99, multiple: true).isEmpty)
        window.append(8, size: 10)
        #expect(window.settle(8, multiple: false).map(\.item) == [8])
    }

    @Test("a window is full by count or by size, but takes a single message of any size")
    func windowRoom() {
        var window = ConfirmWindow<Int>(maximumCount: 2, maximumSize: 100)
        #expect(window.hasRoom(for: 5000))
        window.append(1, size: 60)
        #expect(window.hasRoom(for: 40))
        #expect(!window.hasRoom(for: 41))
        window.append(2, size: 10)
        #expect(!window.hasRoom(for: 1))
        #expect(window.removeAll() == [1, 2])
        #expect(window.hasRoom(for: 5000))
        window.append(3, size: 1)
        #expect(window.settle(1, multiple: false).map(\.item) == [3])
    }

    @Test("a long run of confirms in random order settles everything exactly once")
    func confirmsAtRandom() {
        var generator = SplitMix64(seed: 7)
        var window = ConfirmWindow<Int>(maximumCount: 500, maximumSize: .max)
        var open: Set<Int> = []
        var settled = 0
        for sent in 1...20_000 {
            window.append(sent, size: 1)
            open.insert(sent)
            while open.count >= 500 || (open.count > 1 && Bool.random(using: &generator)) {
                guard let tag = open.randomElement(using: &generator) else { break }
                let multiple = UInt64.random(in: 0..<4, using: &generator) == 0
                let items = window.settle(UInt64(tag), multiple: multiple).map(\.item)
                #expect(Set(items) == (multiple ? open.filter { $0 <= tag } : [tag]))
                open.subtract(items)
                settled += items.count
            }
            #expect(window.count == open.count)
        }
        #expect(settled + window.removeAll().count == 20_000)
    }

    @Test("in every order of finishing, an acknowledgement never covers an unfinished delivery and misses none")
    func prefixes() {
        for order in permutations([1, 2, 3, 4, 5]) {
            var prefix = AckPrefix()
            for expected in 1...5 { #expect(prefix.delivered() == UInt64(expected)) }
            var finished: Set<UInt64> = []
            var acknowledged: UInt64 = 0
            for tag in order {
                prefix.finish(UInt64(tag))
                finished.insert(UInt64(tag))
                if let upTo = prefix.takePrefix() {
                    #expect(upTo > acknowledged)
                    #expect((1...upTo).allSatisfy { finished.contains($0) })
                    acknowledged = upTo
                }
                #expect(!finished.contains(acknowledged + 1))
                #expect(Set(prefix.stragglers()) == finished.filter { $0 > acknowledged })
            }
            #expect(acknowledged == 5)
            #expect(prefix.outstanding == 0)
            #expect(prefix.delivered() == 6)
        }
    }

    @Test("rungs rise with the attempts, or one higher, and the last serves all that follow")
    func rungs() {
        var generator = SplitMix64(seed: 1)
        let ladder = RetryLadder.standard
        for attempt in 1...10 {
            let names = Set((0..<200).map { _ in ladder.rung(attempt: attempt, using: &generator).name })
            let index = min(attempt, 5) - 1
            #expect(names == Set(ladder.rungs[index...min(index + 1, 4)].map(\.name)))
        }
    }

    @Test("pauses before a reconnect stay within a bound that doubles up to its limit")
    func backoff() {
        let backoff = Backoff.reconnect
        for (failures, bound) in [(0, 200), (1, 200), (2, 400), (4, 1600), (8, 15_000), (1000, 15_000)] {
            for _ in 0..<50 {
                let delay = backoff.delay(failures: failures)
                #expect(delay >= .zero && delay <= .milliseconds(bound))
            }
        }
    }

    @Test("headers survive the way through a table of ours")
    func headerValues() {
        let values: [HeaderValue] = [
            .null, .bool(true), .integer(-7), .number(1.5), .string("ü"), .list([.integer(1)]),
            .table(["a": .string("b")]),
        ]
        for value in values { #expect(HeaderValue(json: value.json) == value) }
    }

    @Test("what arrives while a batch is in hand gathers until it is many, or has waited")
    func gathering() async throws {
        let mailbox = DeliveryMailbox(batchLimit: 8, patience: .milliseconds(50)) {}
        mailbox.offer(deliveries(1...1))
        #expect(await mailbox.next()?.map(\.tag) == [1])
        // A second worker comes, and one delivery is not enough for it.
        mailbox.offer(deliveries(2...2))
        let second = Task { await mailbox.next()?.map(\.tag) }
        #expect(await eventually { mailbox.relieve(now: 0) != nil })
        mailbox.offer(deliveries(3...3))
        #expect(await second.value == [2, 3])
        mailbox.offer(deliveries(4...4))
        let third = Task { await mailbox.next()?.map(\.tag) }
        #expect(await eventually { mailbox.relieve(now: 0) != nil })
        #expect(mailbox.relieve(now: .max) == nil)
        #expect(await third.value == [4])
        for count in [1, 2, 1] { mailbox.returned(count) }
        mailbox.offer(deliveries(5...5))
        #expect(await mailbox.next()?.map(\.tag) == [5])
    }

    private func deliveries(_ tags: ClosedRange<UInt64>) -> [Delivery] {
        tags.map { tag in
            Delivery(
                queue: "q", messageID: "", id: nil, type: "", exchange: "", routingKey: "", userID: nil, appID: nil,
                contentType: nil, correlationID: nil, timestamp: nil, headers: [:], body: [], attempt: 0,
                redelivered: false, deliveryCount: 0, generation: 1, tag: tag)
        }
    }

    // MARK: The relay's memory

    @Test("a row is published once at a time, and after a failure only when its pause is over")
    func relayRetries() {
        var state = RelayState(capacity: 10, page: 4, grace: 1000)
        #expect(state.handOver([1, 2], now: 0) == true)
        #expect(state.begin([2, 3, 4], now: 0) == [3, 4])
        #expect(state.inFlightCount == 4)
        state.confirmed(1)
        #expect(state.failed(2, .nacked, now: 0, jitter: 1) == nil)
        #expect(state.isWaiting)
        #expect(state.publish([1, 2], now: 50) == [])
        #expect(state.due(now: 50, limit: 10).isEmpty)
        #expect(state.due(now: 100, limit: 10) == [2])
        #expect(state.publish([1, 2, 3, 5], now: 100) == [2, 5])
        // The second pause is twice as long.
        _ = state.failed(2, .nacked, now: 100, jitter: 1)
        #expect(state.due(now: 299, limit: 10).isEmpty)
        #expect(state.due(now: 300, limit: 10) == [2])
        #expect(state.takeDone(limit: 10) == [1])
        #expect(state.publish([1], now: 300) == [])
        state.notDeleted([1])
        #expect(state.takeDone(limit: 10) == [1])
        state.deleted([1])
        #expect(state.publish([1], now: 300) == [1])
    }

    @Test("a row that comes back for an hour is given up, with the reason; a refused one never is")
    func relayGivesUp() {
        var state = RelayState(capacity: 10, page: 4, grace: 1000)
        var now: Int64 = 0
        _ = state.handOver([1, 2], now: now)
        var rounds = 0
        while true {
            #expect(state.failed(2, .nacked, now: now, jitter: 0) == nil)
            if let reason = state.failed(1, .returned(reason: "nobody"), now: now, jitter: 0) {
                #expect(reason == "nobody")
                break
            }
            now += 60_000
            rounds += 1
            #expect(state.publish([1, 2], now: now) == [1, 2])
        }
        #expect(rounds == 60)
        state.forget([1])
        #expect(state.due(now: .max, limit: 10) == [2])
    }

    @Test("who comes when there is no room waits, and whoever comes after goes behind")
    func relayIsFair() {
        var state = RelayState(capacity: 10, page: 4, grace: 1000)
        #expect(state.handOver([1, 2, 3], now: 0) == true)
        // A page always finds room.
        #expect(state.handOver([4, 5, 6, 7], now: 0) == false)
        #expect(state.handOver([8], now: 0) == false)
        #expect(state.isPressed && state.paysOwed)
        #expect(state.takeOwed() == [4, 5, 6, 7])
        state.oweAgain([4, 5, 6, 7])
        #expect(state.takeOwed() == [4, 5, 6, 7])
        #expect(state.publish([4, 5, 6, 7], now: 0) == [4, 5, 6, 7])
        #expect(state.isPressed && !state.paysOwed && !state.hasMore)
        for id in Int64(1)...7 { state.confirmed(id) }
        #expect(state.handOver([9], now: 0) == false)
        #expect(state.takeOwed() == [8, 9])
        #expect(state.publish([8, 9], now: 0) == [8, 9])
        #expect(!state.isPressed)
        #expect(state.handOver([10], now: 0) == true)
    }

    @Test("a long table is read page by page, now and then from its start, else from where all was seen a while ago")
    func relayRounds() {
        var state = RelayState(capacity: 100, page: 3, grace: 1000)
        func start(_ now: Int64) -> Int64 { state.pageStart(now: now, sweepEvery: 5000) }
        #expect(start(10_000) == 0)
        _ = state.begin([1, 2, 3], now: 10_000)
        #expect(start(10_000) == 3)
        _ = state.begin([4], now: 10_000)
        #expect(start(10_001) == 0)
        #expect(state.handOver([50], now: 10_500) == true)
        #expect(state.handOver([60], now: 11_500) == true)
        #expect(start(12_400) == 4)
        #expect(start(12_600) == 50)
        #expect(start(13_500) == 60)
        #expect(start(15_000) == 0)
        #expect(start(15_001) == 60)
        // With other lanes there are other rows.
        state.restart()
        #expect(start(15_002) == 0)
    }
}

private func permutations(_ values: [Int]) -> [[Int]] {
    guard values.count > 1 else { return [values] }
    return values.flatMap { first in permutations(values.filter { $0 != first }).map { [first] + $0 } }
}
