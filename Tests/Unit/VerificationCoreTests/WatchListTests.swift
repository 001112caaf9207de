import Contracts
import Kit
import Testing

@testable import VerificationCore

@Suite("The list of open orders")
struct WatchListTests {
    @Test("numbers come out by their moments, at most as many as asked for, and only those that are due")
    func queue() {
        var queue = DueQueue()
        for number in (0..<100).shuffled() { queue.set(number, due: start + .seconds(number)) }
        #expect(queue.count == 100 && queue.next == start)
        #expect(queue.take(at: start - .microseconds(1), limit: 10).isEmpty)
        #expect(queue.take(at: start + .seconds(49), limit: 20).map(\.number) == Array(0..<20))
        #expect(queue.take(at: start + .seconds(49), limit: 1000).map(\.number) == Array(20..<50))
        #expect(queue.count == 50 && queue.next == start + .seconds(50))
    }

    @Test("whatever is set, moved and removed, the queue gives what a sorted list gives")
    func model() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var queue = DueQueue()
            var model: [Int: Int] = [:]
            for _ in 0..<300 {
                let number = Int.random(in: 0..<20, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0, 1, 2:
                    queue.remove(number)
                    model[number] = nil
                case 3:
                    let now = Int.random(in: 0..<1000, using: &random)
                    let due = model.filter { $0.value <= now }
                    let taken = queue.take(at: start + .seconds(now), limit: 100)
                    #expect(Set(taken.map(\.number)) == Set(due.keys))
                    #expect(
                        taken.map { ($0.due - start).microseconds / 1_000_000 } == due.values.sorted().map { Int64($0) }
                    )
                    for (number, _) in taken { model[number] = nil }
                default:
                    let moment = Int.random(in: 0..<1000, using: &random)
                    queue.set(number, due: start + .seconds(moment))
                    model[number] = moment
                }
                #expect(queue.count == model.count)
                #expect(queue.next == model.values.min().map { start + .seconds($0) })
            }
        }
    }

    private static func watch(
        _ state: OrderState = .waiting, _ id: ID = .new(), version: Int = 1, traceparent: String? = nil
    ) -> Watch {
        Watch(
            id: id, provider: "5sim", reference: "123456789", version: version, state: state,
            cancelMode: state == .cancelling ? .report : nil, assignedAt: start,
            lingersFrom: state == .received ? start + .microseconds(7) : nil, keepsOpen: false, messageCount: 3,
            expiresAt: state == .waiting ? nil : start + .seconds(9), traceparent: traceparent)
    }

    @Test(
        "an order comes out as it was put in",
        arguments: [
            nil, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00f7651916cd43dd0448eb211c80319c-07ad6b7169203331-00",
        ])
    func whole(traceparent: String?) {
        var list = WatchList()
        for state in [OrderState.waiting, .received, .cancelling] {
            var watch = Self.watch(state, traceparent: traceparent)
            watch.failures = 4
            list[watch.id] = watch
            #expect(list[watch.id] == watch)
            #expect(list.count(state) == 1)
        }
        var other = Self.watch()
        other = Watch(
            id: other.id, provider: "another", reference: "lr_01JABCDEFGHJKMNPQRSTVWXYZ", version: 9, state: .waiting,
            cancelMode: nil, assignedAt: start, lingersFrom: nil, keepsOpen: true, messageCount: 0, expiresAt: nil,
            traceparent: traceparent)
        list[other.id] = other
        #expect(list[other.id] == other && list.count == 4 && list.count(.waiting) == 2)
    }

    @Test("an order is small, whoever has a million of them")
    func size() { #expect(MemoryLayout<PackedWatch>.stride <= 96) }

    @Test("who is due comes out once, deeds before questions, and who is forgotten never")
    func appointments() {
        var list = WatchList()
        let (asked, ended, gone) = (Self.watch(), Self.watch(.cancelling), Self.watch())
        for watch in [asked, ended, gone] {
            list[watch.id] = watch
            list.appoint(watch.id, at: start + .seconds(watch.id == ended.id ? 2 : 1))
        }
        list[gone.id] = nil
        list.appoint(gone.id, at: start)
        #expect(list.next == start + .seconds(1))
        #expect(list.take(at: start + .seconds(3), polls: 0, deeds: 0).isEmpty)
        let taken = list.take(at: start + .seconds(3), polls: 9, deeds: 9)
        #expect(taken.map(\.watch) == [ended, asked])
        #expect(taken.map(\.due) == [start + .seconds(2), start + .seconds(1)])
        #expect(list.next == nil && list.count == 2)
    }

    @Test("an order that begins to be cancelled has one appointment, among the deeds")
    func becomesDeed() {
        var list = WatchList()
        let asked = Self.watch()
        list[asked.id] = asked
        list.appoint(asked.id, at: start)
        let ended = Self.watch(.cancelling, asked.id, version: 2)
        list[asked.id] = ended
        list.appoint(asked.id, at: start + .seconds(1))
        #expect(list.take(at: start + .seconds(1), polls: 9, deeds: 0).isEmpty)
        #expect(list.take(at: start + .seconds(1), polls: 9, deeds: 9).map(\.watch) == [ended])
        #expect(list.count(.waiting) == 0 && list.count(.cancelling) == 1)
    }

    @Test("whatever comes, changes and goes, the list has what a dictionary has, and whole shards go at once")
    func comingAndGoing() {
        var random = SystemRandomNumberGenerator()
        var list = WatchList()
        var model: [ID: Watch] = [:]
        // Half of them would all be noted in the same place.
        let ids =
            (0..<32).map { _ in ID.new() } + (0..<32).map { ID(high: UInt64($0), low: 7 << 10 | UInt64($0 % 4)) }
        let states = [OrderState.waiting, .received, .cancelling]
        for turn in 1...3000 {
            let id = ids[Int.random(in: 0..<64, using: &random)]
            switch Int.random(in: 0..<100, using: &random) {
            case 0:
                let shards = Set(ids.prefix(32).map(\.shard))
                list.remove(shards)
                model = model.filter { !shards.contains($0.key.shard) }
            case 1..<50:
                list[id] = nil
                model[id] = nil
            default:
                let watch = Self.watch(states[Int.random(in: 0..<3, using: &random)], id, version: turn)
                list[id] = watch
                list.appoint(id, at: start + .seconds(turn))
                model[id] = watch
            }
            #expect(list.count == model.count && list[id] == model[id])
            for state in states { #expect(list.count(state) == model.values.count { $0.state == state }) }
        }
        let taken = list.take(at: start + .seconds(3000), polls: 64, deeds: 64)
        #expect(Set(taken.map(\.watch)) == Set(model.values))
    }
}
