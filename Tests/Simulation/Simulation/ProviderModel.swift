import Choosing
import Contracts
import Kit
import VerificationCore

/// A provider that executes and may lose the answer. What it has sold and taken is the truth that our books are held
/// against.
final class ProviderModel {
    struct Purchase {
        let reference: String
        let orderID: ID
        let service: String
        let country: String
        let cost: Money
        let createdAt: Timestamp
        let expiresAt: Timestamp
        /// From when on it is in the list.
        let listedFrom: Timestamp
        /// From when on it takes a cancellation.
        let cancelFrom: Timestamp
        var status = Observation.Status.open
        var messages: [(key: String, hasCode: Bool, at: Timestamp)] = []
        var isForgotten = false

        var isRefunded: Bool {
            switch status {
            case .cancelled, .timedOut, .banned: true
            case .open, .finished: false
            }
        }
    }
    enum Sale {
        case sold(BoughtNumber)
        case refused(Refusal)
        case unclear
    }

    private unowned(unsafe) let world: World
    private var book: [String: [Offer]] = [:]
    private(set) var purchases: [String: Purchase] = [:]
    /// In the order they were sold.
    private(set) var references: [String] = []

    init(_ world: World) {
        self.world = world
        for country in World.countries {
            let count = 1 + world.dice.below(3)
            book[country] = (0..<count).map { index in
                Offer(
                    provider: World.providerName, operator: "operator\(index)",
                    cost: Money(micro: Int64(100_000 + 50_000 * index)), count: 10, rate: nil)
            }
        }
    }

    func offers(_ country: String) -> [Offer] { book[country] ?? [] }

    // MARK: - Selling

    func buy(_ order: Order, attempt: Int, _ choice: OfferChoice) -> Sale {
        world.examine(order: order.id, attempt: attempt, ceiling: choice.ceiling)
        if world.dice.chance(world.weather.refusal) {
            let refusal = world.dice.pick(
                [Refusal.outOfStock, .outOfStock, .overPrice, .later, .later, .later, .account])
            world.log("provider refuses \(order.id.short)/\(attempt): \(refusal.rawValue)")
            return .refused(refusal)
        }
        let listed = offers(order.country).first { $0.operator == choice.operator }?.cost ?? choice.ceiling
        let cost = world.dice.chance(300) ? choice.ceiling + Money(micro: 10_000) : listed
        let life = Duration.seconds(60 + world.dice.below(180))
        let purchase = Purchase(
            reference: "n\(references.count + 1)", orderID: order.id, service: order.service, country: order.country,
            cost: cost, createdAt: world.time, expiresAt: world.time + life,
            listedFrom: world.time + .seconds(world.dice.chance(world.weather.historyLag) ? world.dice.below(9) : 0),
            cancelFrom: world.time + .seconds(world.dice.chance(4000) ? world.dice.below(60) : 0))
        purchases[purchase.reference] = purchase
        references.append(purchase.reference)
        world.tally.purchases += 1
        world.log("provider sells \(purchase.reference) to \(order.id.short)/\(attempt) for \(cost)")
        plan(purchase, life: life)
        return .sold(number(purchase))
    }

    func number(_ purchase: Purchase) -> BoughtNumber {
        BoughtNumber(
            provider: World.providerName, reference: purchase.reference, operator: nil, cost: purchase.cost,
            phoneSealed: "sealed", expiresAt: purchase.expiresAt, cancelAfter: nil)
    }

    /// What will happen to a number by itself.
    private func plan(_ purchase: Purchase, life: Duration) {
        let reference = purchase.reference
        for index in 0..<3 where world.dice.chance(index == 0 ? world.weather.message : 2500) {
            let hasCode = world.dice.chance(8500)
            world.after(world.dice.pause(500, Int(life.milliseconds) * 11 / 10)) { [self] in
                guard purchases[reference]?.status == .open else { return }
                world.log("provider: a message to \(reference)\(hasCode ? " with a code" : "")")
                purchases[reference]?.messages.append((key: "m\(index)", hasCode: hasCode, at: world.time))
            }
        }
        let late = world.dice.chance(2000) ? world.dice.pause(0, 60_000) : 0
        world.after(life.microseconds + late) { [self] in
            guard let purchase = purchases[reference], purchase.status == .open else { return }
            close(reference, as: purchase.messages.isEmpty ? .timedOut : .finished)
        }
        if world.dice.chance(world.weather.ending) {
            let evenSo = world.dice.chance(3000)
            let status = world.dice.pick([Observation.Status.cancelled, .banned])
            world.after(world.dice.pause(0, Int(life.milliseconds))) { [self] in
                guard let purchase = purchases[reference], purchase.status == .open,
                    evenSo || purchase.messages.isEmpty
                else { return }
                close(reference, as: status)
            }
        }
        if world.dice.chance(world.weather.forgetting) {
            world.after(world.dice.pause(0, Int(life.milliseconds))) { [self] in
                world.log("provider forgets \(reference)")
                purchases[reference]?.isForgotten = true
            }
        }
    }

    private func close(_ reference: String, as status: Observation.Status) {
        world.log("provider: \(reference) is \(status)")
        purchases[reference]?.status = status
    }

    // MARK: - Answering

    /// How a number stands, after what was asked was done if it could be.
    func answer(_ question: Minding.Question, _ reference: String) -> Result<Observation, Trouble> {
        guard let purchase = purchases[reference], !purchase.isForgotten else {
            return .failure(.ended(isUnknown: true))
        }
        if question != .check {
            // Like an upstream known to do so: what ended otherwise than by time is not found among the open.
            guard purchase.status == .open else { return .failure(.ended(isUnknown: purchase.status != .timedOut)) }
            if (question == .finish) == purchase.messages.isEmpty { return .failure(.ended(isUnknown: false)) }
            switch question {
            case .cancel:
                guard world.time >= purchase.cancelFrom else {
                    return .failure(.tooEarly(after: .seconds(1 + world.dice.below(30))))
                }
                close(reference, as: .cancelled)
            case .ban: close(reference, as: .banned)
            case .finish: close(reference, as: .finished)
            case .check: break
            }
        }
        return .success(observation(reference))
    }

    private func observation(_ reference: String) -> Observation {
        guard let purchase = purchases[reference] else { return Observation(status: .open) }
        return Observation(
            status: purchase.status,
            messages: purchase.messages.map { message in
                ObservedMessage(
                    id: world.newID(), key: message.key, sealed: "sealed", hasCode: message.hasCode,
                    receivedAt: message.at)
            }, expiresAt: purchase.expiresAt)
    }

    /// What the provider's own list has now.
    var list: [Purchase] {
        references.compactMap { purchases[$0] }.filter { !$0.isForgotten && $0.listedFrom <= world.time }
    }
}
