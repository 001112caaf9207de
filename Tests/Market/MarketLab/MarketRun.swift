import Choosing
import Kit
import SandboxCore

/// What came of letting one strategy serve all orders of a market.
package struct MarketRun: Sendable {
    /// A point of the curves, after so many orders.
    package struct Point: Hashable, Sendable {
        package let orders: Int
        /// Sum over the orders of how much dearer, truly, their offer was than the best one, in micro-units per code.
        package let regret: Double
        /// Cost per code over the orders since the point before.
        package let cost: Double
    }

    package let strategy: Strategy
    package internal(set) var orders = 0
    package internal(set) var codes = 0
    package internal(set) var silences = 0
    package internal(set) var refusals = 0
    /// Orders that nobody could serve.
    package internal(set) var unserved = 0
    package internal(set) var explored = 0
    /// In micro-units.
    package internal(set) var paid = 0.0
    package internal(set) var kept = 0.0
    package internal(set) var seconds = 0.0
    /// Of them, those of orders that got their code.
    package internal(set) var codeSeconds = 0.0
    package internal(set) var regret = 0.0
    package internal(set) var points: [Point] = []
    /// How often another offer took the lead, hour by hour.
    package internal(set) var leadChanges: [Int] = []
    /// Whether the providers' own books say the same.
    package internal(set) var isProven = false
    /// Of each order in turn, the provider that served it; -1 for none.
    package internal(set) var served: [Int8] = []
    /// When each order came, from the start.
    package internal(set) var moments: [Duration] = []
    /// Attempts that were refused: of which order, by which provider.
    package internal(set) var refusedAttempts: [(order: Int, provider: Int)] = []
    package internal(set) var decisions: [PastDecision] = []
    let secondIsWorth: Double

    init(_ strategy: Strategy, secondIsWorth: Double) {
        self.strategy = strategy
        self.secondIsWorth = secondIsWorth
    }

    /// The share of the orders of some while that a provider served.
    package func share(of provider: Int, from: Duration, until: Duration) -> Double {
        let orders = moments.indices.filter { from <= moments[$0] && moments[$0] < until }
        return Double(orders.count { served[$0] == Int8(provider) }) / Double(max(1, orders.count))
    }

    /// Money, and what waiting is worth, for each code, in micro-units.
    package var cost: Double { (paid + kept + seconds * secondIsWorth) / Double(max(1, codes)) }
    /// Money alone.
    package var money: Double { (paid + kept) / Double(max(1, codes)) }
    package var success: Double { Double(codes) / Double(max(1, codes + silences)) }
    package var leadChangesPerHour: Double {
        leadChanges.isEmpty ? 0 : Double(leadChanges.reduce(0, +)) / Double(leadChanges.count)
    }
}

extension MarketRun {
    private struct Open {
        let order: Int
        let index: Int
        let price: Money
        let at: Timestamp
        let decision: Int?
    }

    private struct Deadline {
        let provider: Int
        let order: Int64
    }

    /// Lets the strategy serve every order of the market. What it learns it learns when it happens. `records` says of
    /// which share of the orders the decision is kept, with its twelve best candidates.
    package static func of(
        _ strategy: Strategy, _ setting: MarketSetting, valuedBy policy: RoutingPolicy = RoutingPolicy(),
        recordsEvery stride: Int? = nil
    ) -> MarketRun {
        var world = MarketWorld(setting, valuedBy: policy)
        var chooser = Chooser(strategy, world)
        var run = MarketRun(strategy, secondIsWorth: Double(policy.waitingPerSecond.micro))
        var traffic = Chance(setting.seed &+ 0x7AFF)
        var open: [[Int64: Open]] = Array(repeating: [:], count: setting.providers)
        var deadlines = TimerHeap<Deadline>()
        var mark = (codes: 0, cost: 0.0)

        func end(_ entry: Open, _ outcome: HealthWindow.Outcome, at time: Timestamp) {
            chooser.learn(entry.index, outcome, at: time, world)
            var paid = entry.price
            let waited: Duration
            switch outcome {
            case .code(let wait):
                run.codes += 1
                run.paid += Double(paid.micro)
                run.codeSeconds += wait.inSeconds
                waited = wait
            case .silence(let wait):
                let share = setting.lostShares[world.pools[entry.index].provider]
                paid = Money(micro: Int64(Double(paid.micro) * share))
                run.silences += 1
                run.kept += Double(paid.micro)
                waited = wait
            case .refused, .unclear: return
            }
            run.seconds += waited.inSeconds
            guard let decision = entry.decision else { return }
            var hasCode = false
            if case .code = outcome { hasCode = true }
            run.decisions[decision].outcome = PastDecision.Outcome(hasCode: hasCode, paid: paid, waited: waited)
        }
        func collect(_ provider: Int, at time: Timestamp) {
            for receipt in world.receipts(provider, at: time) {
                guard let entry = open[provider].removeValue(forKey: receipt.order) else { continue }
                world.finish(receipt.order, provider, at: time)
                end(entry, .code(after: receipt.at - entry.at), at: receipt.at)
            }
        }
        func settle(until time: Timestamp) {
            while let (at, deadline) = deadlines.take(due: time) {
                guard open[deadline.provider][deadline.order] != nil else { continue }
                collect(deadline.provider, at: at)
                guard let entry = open[deadline.provider].removeValue(forKey: deadline.order) else { continue }
                world.cancel(deadline.order, deadline.provider, at: at)
                end(entry, .silence(after: at - entry.at), at: at)
            }
            for provider in open.indices { collect(provider, at: time) }
        }
        func place(_ number: Int, at time: Timestamp) {
            let id = ID(high: UInt64(number), low: traffic.next())
            var tried: Set<Int> = []
            for attempt in 1...6 {
                let led = chooser.leader
                guard let (index, decision) = chooser.choose(id, attempt: attempt, tried: tried, world) else { break }
                if led != nil, led != chooser.leader {
                    let hour = Int((time - world.start).inSeconds / 3600)
                    while run.leadChanges.count <= hour { run.leadChanges.append(0) }
                    run.leadChanges[hour] += 1
                }
                if decision?.reason == .exploration { run.explored += 1 }
                let provider = world.pools[index].provider
                switch world.buy(index) {
                case .refused(let refusal):
                    run.refusals += 1
                    run.refusedAttempts.append((number, provider))
                    tried.insert(index)
                    chooser.learn(index, .refused(refusal), at: time, world)
                case .bought(let order, let price):
                    let best = world.trueCosts.min() ?? .infinity
                    let truth = world.trueCosts[index]
                    if truth.isFinite, best.isFinite { run.regret += truth - best }
                    var slot: Int?
                    if let stride, number % stride == 0, let decision {
                        slot = run.decisions.count
                        run.decisions.append(
                            PastDecision(
                                orderID: id, attempt: attempt, goods: "telegram/england", decision, last: led, limit: 12
                            ))
                    }
                    open[provider][order] = Open(order: number, index: index, price: price, at: time, decision: slot)
                    deadlines.add(Deadline(provider: provider, order: order), at: time + policy.silence)
                    run.served.append(Int8(provider))
                    return
                }
            }
            run.unserved += 1
            run.served.append(-1)
        }

        var time = world.start
        let gap = setting.span.inSeconds / Double(setting.orders)
        let step = max(1, setting.orders / 100)
        for number in 0..<setting.orders {
            // Evenly from nothing to twice the mean.
            time = time + .microseconds(Int64(2e6 * gap * traffic.unit()))
            settle(until: time)
            world.advance(to: time)
            run.moments.append(time - world.start)
            place(number, at: time)
            run.orders += 1
            if run.orders % step == 0 {
                let cost = run.paid + run.kept + run.seconds * run.secondIsWorth
                let codes = run.codes - mark.codes
                run.points.append(
                    Point(
                        orders: run.orders, regret: run.regret, cost: codes > 0 ? (cost - mark.cost) / Double(codes) : 0
                    ))
                mark = (run.codes, cost)
            }
        }
        settle(until: time + policy.silence)
        let hours = Int((time - world.start).inSeconds / 3600)
        while run.leadChanges.count <= hours { run.leadChanges.append(0) }
        if let booked = world.booked() { run.isProven = booked.micro == Int64(run.paid) }
        return run
    }
}
