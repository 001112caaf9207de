@testable import GatewayApp
import JSON
import Kit
import Runtime
import TestSupport
import Testing

@Suite("What clients that are connected are told") struct HubTests {
    private static func event(_ account: ID, _ place: Int64) -> LiveEvent {
        var event = LiveEvent(id: .new(), accountID: account, type: "test", fact: [:], at: .now)
        event.place = place
        return event
    }

    /// The places of events among signals, 0 for a heartbeat.
    private static func places(_ signals: [Hub.Signal]) -> [Int64] {
        signals.map { signal in
            switch signal {
            case .update(let update): update.event.place
            case .beat: 0
            }
        }
    }

    @Test("each client gets what happens to its account and nothing else, in order; what came before its turn together")
    func together() async {
        let hub = Hub(metrics: Metrics())
        let (mine, other) = (ID.new(), ID.new())
        let (first, second, stranger) = (hub.subscribe(mine), hub.subscribe(mine), hub.subscribe(other))
        hub.deliver((1...3).map { Self.event(mine, $0) } + [Self.event(other, 1)])
        hub.deliver([Self.event(mine, 4)])
        for subscription in [first, second] {
            var places: [Int64] = []
            while places.count < 4, let signals = await subscription.next() { places += Self.places(signals) }
            #expect(places == [1, 2, 3, 4])
        }
        #expect(await stranger.next().map(Self.places) == [1])
        hub.beat(newest: [mine: 4])
        #expect(await first.next().map(Self.places) == [0])
        hub.close()
    }

    @Test("one that reads nothing gets what waited for it, and is then sent to the table; others lose nothing by it")
    func overflow() async {
        let metrics = Metrics()
        let hub = Hub(metrics: metrics)
        let account = ID.new()
        let (slow, quick) = (hub.subscribe(account), hub.subscribe(account))
        let read = Collected<Int64>()
        let reading = Task {
            while let signals = await quick.next() { read.append(contentsOf: Self.places(signals)) }
        }
        for part in 0..<20 {
            hub.deliver((1...100).map { Self.event(account, Int64(part * 100 + $0)) })
            #expect(await eventually { read.count == (part + 1) * 100 })
        }
        #expect(read.all == Array(1...2000))
        #expect(await slow.next().map(Self.places) == Array(1...1024))
        #expect(await slow.next() == nil && slow.hasFallenBehind)
        #expect(metrics.render().contains("gateway_live_dropped_total 1\n"))
        hub.close()
        await reading.value
    }

    @Test("who waits is let go when the hub closes or its task is cancelled, and who comes later is told at once")
    func ending() async {
        let hub = Hub(metrics: Metrics())
        let (closed, cancelled) = (hub.subscribe(.new()), hub.subscribe(.new()))
        let impatient = Task { await cancelled.next() == nil }
        impatient.cancel()
        #expect(await impatient.value)
        let waiting = Task { await closed.next() == nil && !closed.hasFallenBehind }
        hub.close()
        #expect(await waiting.value)
        #expect(await hub.subscribe(.new()).next() == nil)
    }
}
