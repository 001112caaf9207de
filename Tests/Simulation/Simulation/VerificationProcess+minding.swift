import Choosing
import Kit
import VerificationCore

/// The minder: what it remembers, when it asks, and what it makes of the answers, is decided by the real rules.
extension VerificationProcess {
    private static let schedule = PollSchedule(base: .seconds(5), doubling: .seconds(30), longest: .seconds(30))
    private static let linger = Duration.seconds(10)

    /// Shares the shards with the other workers.
    func keepLeases() {
        store.isAlive(instance, until: world.time + .seconds(15))
        let before = owned
        owned = Set((0..<world.workers).filter { store.leases.hold("poll/\($0)", by: self, for: 15) })
        watches.remove(Set((0..<1024).filter { !owned.contains(Int($0) % world.workers) }))
        let pause = world.time - learnedAt
        let learns = pause >= Minding.looksEvery(ownsAll: owned.count == world.workers)
        let recent = world.time - Minding.lookBack(sinceLast: pause)
        let open = transaction {
            store.rows.filter { row in
                guard row.order.reference != nil, !row.order.state.isFinal else { return false }
                let shard = Int(row.order.id.shard) % world.workers
                return owned.contains(shard) && (!before.contains(shard) || learns && row.order.updatedAt > recent)
            }.map(\.order)
        }
        guard let open else {
            // What could not be read is looked for once more.
            owned.formIntersection(before)
            return
        }
        if learns || owned.isEmpty { learnedAt = world.time }
        for order in open {
            guard let watch = Watch(order) else { continue }
            if let known = watches[watch.id], known.stands(like: watch) { continue }
            keep(watch)
        }
        wakeMinder()
    }

    private func shard(_ watch: Watch) -> Int { Int(watch.shard) % world.workers }

    /// Learns of a committed change.
    func mind(_ order: Order) {
        world.log("\(name) hears of \(order.id.short) v\(order.version) \(order.state.rawValue)")
        guard let watch = Watch(order), owned.contains(shard(watch)) else {
            if let known = watches[order.id], known.isOver(upon: order) {
                watches[order.id] = nil
            }
            return
        }
        keep(watch)
        wakeMinder()
    }

    private func keep(_ watch: Watch) {
        let known = watches[watch.id]
        guard watch.replaces(known) else { return }
        watches[watch.id] = watch
        if known.map({ !$0.stands(like: watch) }) ?? true { appoint(watch, isFirst: true) }
    }

    private func appoint(_ watch: Watch, isFirst: Bool) {
        watches.appoint(
            watch.id,
            at: Minding.due(
                watch, now: world.time, isFirst: isFirst, schedule: Self.schedule, linger: Self.linger,
                jitter: world.dice.share()))
    }

    private func wakeMinder() {
        guard let next = watches.next else { return }
        let at = max(0, (next - world.start).microseconds)
        guard at < minderWakesAt else { return }
        minderWakesAt = at
        after(at - world.now, "look who is due") { [self] in
            minderWakesAt = .max
            for (watch, _) in watches.take(at: world.time, polls: 64, deeds: 64) { ask(about: watch) }
            wakeMinder()
        }
    }

    private func ask(about watch: Watch) {
        if world.mutation == .ownClock, watch.state == .waiting, let end = watch.expiresAt, end < world.time {
            return submit(Change(orderID: watch.id, event: .observed(Observation(status: .timedOut))))
        }
        world.log("\(name) asks about \(watch.id.short): \(Minding.question(about: watch))")
        ask("hear of an order", Minding.question(about: watch), watch.reference) { [self] told in
            let meaning = Minding.meaning(of: told, about: watch, now: world.time)
            guard meaning == .check, case .failure(let refused) = told else { return learn(meaning, watch) }
            ask("hear how it ended", .check, watch.reference) { [self] stand in
                learn(Minding.meaning(of: stand, after: refused, about: watch, now: world.time), watch)
            }
        }
    }

    func ask(
        _ step: StaticString, _ question: Minding.Question, _ reference: String,
        then: @escaping (Result<Observation, Trouble>) -> Void
    ) {
        ask(step, limit: World.callLimit, lost: .failure(.away)) { [self] in
            world.provider.answer(question, reference)
        } then: {
            then($0)
        }
    }

    private func learn(_ meaning: Minding.Meaning, _ watch: Watch) {
        guard case .changed(let event) = meaning else { return appointAgain(watch, failed: meaning == .again) }
        submit(Change(orderID: watch.id, event: event)) { [self] in appointAgain(watch, failed: false) }
    }

    private func appointAgain(_ watch: Watch, failed: Bool) {
        // The change, if there was one, has set the next appointment already.
        guard var known = watches[watch.id], known.stands(like: watch) else { return }
        known.failures = failed ? known.failures + 1 : 0
        watches[watch.id] = known
        appoint(known, isFirst: false)
        wakeMinder()
    }
}
