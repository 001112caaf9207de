import Choosing
import Kit
import SandboxCore

/// Three providers of the Sandbox, each with its own prices, stock, numbers and books, and above them what the lab alone
/// knows: the true rates. Time is told, as to the Sandbox's own parts; the same calls give the same answers.
struct MarketWorld {
    /// What becomes of an attempt to buy.
    enum Purchase {
        case bought(order: Int64, price: Money)
        case refused(Choosing.Refusal)
    }

    private static let place = "england"
    private static let product = "telegram"
    /// How often the price list is fetched, and how long after the market has moved that is: for so long it is stale.
    private static let fetching = Duration.seconds(600)
    private static let staleness = Duration.seconds(60)
    private static let drifting = Duration.seconds(1800)

    let setting: MarketSetting
    let policy: RoutingPolicy
    let start = Timestamp(seconds: 1_800_000_000)
    private(set) var pools: [Pool] = []
    /// The price list as it was fetched last, a line for each pool.
    private(set) var list: [Choosing.Offer] = []
    /// What a code by way of each pool truly costs, by the list; infinite for what is not sold.
    private(set) var trueCosts: [Double] = []
    private(set) var now: Timestamp
    private var sellers: [Seller] = []
    /// What the provider asks for a price of the Sandbox's.
    private var scales: [Double] = []
    private var chance: Chance
    private var fetched = Int64.min
    private var drifted = Int64.min
    private var active: [MarketSetting.Fault] = []

    init(_ setting: MarketSetting, valuedBy policy: RoutingPolicy) {
        self.setting = setting
        self.policy = policy
        now = start
        chance = Chance(setting.seed)
        // A number costs some five to ten cents at the default provider, a little more or less elsewhere.
        let level = 40_000 + 60_000 * chance.unit()
        for provider in 0..<setting.providers {
            // Not all pools sell everything.
            var seller = Seller(
                seed: setting.seed &* 1_000 &+ UInt64(provider), now: start, pools: setting.operators * 3 / 2)
            seller.settings.enforcesRating = false
            seller.settings.notesReceipts = true
            seller.arrivals.usual.second = 0
            seller.deposit(token: "lab", Money(micro: 1_000_000_000_000), at: start)
            guard let place = seller.market.place(Self.place), let product = Product.slug(Self.product) else {
                preconditionFailure("the Sandbox sells telegram in england")
            }
            let offers = seller.market.offers(place: place.index, product: product.index, at: start)
                .prefix(setting.operators).sorted { ($0.cost, $0.key.pool) < ($1.cost, $1.key.pool) }
            precondition(offers.count == setting.operators, "the market has as many operators as asked for")
            let middle = Double(offers[offers.count / 2].cost.micro)
            scales.append(level * (provider == 0 ? 1 : 0.95 + 0.3 * chance.unit()) / middle)
            for (rank, offer) in offers.enumerated() {
                pools.append(
                    Pool(
                        provider: provider, name: place.operators[offer.key.pool].name, key: offer.key,
                        dearness: Double(rank) / Double(max(1, offers.count - 1)), kind: setting.kind, &chance))
            }
            sellers.append(seller)
        }
        advance(to: start)
    }

    func providerName(_ provider: Int) -> String { "provider\(provider + 1)" }

    /// Lets prices, rates and faults move as far as that moment.
    mutating func advance(to time: Timestamp) {
        now = max(now, time)
        let elapsed = now - start
        let faults = setting.faults.filter { $0.from <= elapsed && elapsed < $0.until }
        let steps = elapsed.microseconds / Self.drifting.microseconds
        var moved = false
        if drifted == .min { (drifted, moved) = (0, true) }
        while drifted < steps {
            drifted += 1
            guard setting.drifts else { continue }
            moved = true
            for index in pools.indices { pools[index].drift(setting.kind, &chance) }
        }
        if faults != active { (active, moved) = (faults, true) }
        if moved { hide() }
        let edition = (elapsed - Self.staleness).microseconds / Self.fetching.microseconds
        if edition != fetched || list.isEmpty {
            fetched = edition
            fetch()
            moved = true
        }
        if moved { weigh() }
    }

    private func slowness(_ provider: Int) -> Double {
        var factor = 1.0
        for fault in active where (fault.provider ?? provider) == provider {
            if case .slow(let times) = fault.kind { factor *= times }
        }
        return factor
    }

    private func suffers(_ provider: Int, _ kind: MarketSetting.Fault.Kind) -> Bool {
        active.contains { ($0.provider ?? provider) == provider && $0.kind == kind }
    }

    /// Puts the truth where only the Sandbox's own delivery looks.
    private mutating func hide() {
        for pool in pools {
            let seconds = pool.median.inSeconds * slowness(pool.provider)
            sellers[pool.provider].market.hidden[pool.key] = HiddenTruth(
                chance: suffers(pool.provider, .silent) ? 0 : pool.rate, median: .milliseconds(Int64(seconds * 1000)))
        }
    }

    private mutating func fetch() {
        list = pools.map { pool in
            let offer = sellers[pool.provider].market.offer(pool.key, at: now)
            return Choosing.Offer(
                provider: providerName(pool.provider), operator: pool.name,
                cost: Money(micro: Int64(Double(offer?.cost.micro ?? 0) * scales[pool.provider])),
                count: offer?.count ?? 0, rate: pool.stated)
        }
    }

    private mutating func weigh() {
        trueCosts = pools.indices.map { index in
            let pool = pools[index]
            let isOut = suffers(pool.provider, .silent) || suffers(pool.provider, .refusing)
            guard list[index].count > 0, !isOut else { return .infinity }
            let (chance, wait) = pool.prospects(
                within: policy.silence, spread: sellers[pool.provider].arrivals.usual.spread,
                slowness: slowness(pool.provider))
            let lost = Double(list[index].cost.micro) * setting.lostShares[pool.provider]
            return ExpectedCost.micro(
                price: list[index].cost, lost: Money(micro: Int64(lost)), chance: chance,
                wait: .milliseconds(Int64(wait * 1000)), policy)
        }
    }

    // MARK: Trade

    mutating func buy(_ index: Int) -> Purchase {
        let pool = pools[index]
        if suffers(pool.provider, .refusing) { return .refused(.later) }
        guard let offer = sellers[pool.provider].market.offer(pool.key, at: now), offer.count > 0 else {
            return .refused(.outOfStock)
        }
        let price = Money(micro: Int64(Double(offer.fill.micro) * scales[pool.provider]))
        var purchase = SandboxCore.Purchase(country: Self.place, pool: pool.name, product: Self.product)
        purchase.price = price
        do {
            let order = try sellers[pool.provider].buy(purchase, account: 0, at: now)
            return .bought(order: order.id, price: price)
        } catch {
            return .refused(error == .noFreePhones ? .outOfStock : .ourMistake)
        }
    }

    /// What arrived at a provider since the last time: which order, and when.
    mutating func receipts(_ provider: Int, at time: Timestamp) -> [(order: Int64, at: Timestamp)] {
        sellers[provider].advance(to: time)
        return sellers[provider].takeReceipts().map { ($0.order, $0.at) }
    }

    /// The customer has his code: the provider is paid.
    mutating func finish(_ order: Int64, _ provider: Int, at time: Timestamp) {
        settle { try sellers[provider].finish(order, account: 0, at: time) }
    }

    /// No code came: the provider pays back, but for what it keeps.
    mutating func cancel(_ order: Int64, _ provider: Int, at time: Timestamp) {
        settle { try sellers[provider].cancel(order, account: 0, at: time) }
    }

    private func settle(_ call: () throws -> SandboxCore.Order) {
        do { _ = try call() } catch { preconditionFailure("an open order can be closed: \(error)") }
    }

    /// What the providers' own books say was paid for codes, after proving that they agree with themselves.
    func booked() -> Money? {
        var sum = Money.zero
        for seller in sellers {
            guard seller.books.prove(seller.accounts[0], index: 0) else { return nil }
            sum = sum + seller.accounts[0].spent
        }
        return sum
    }
}
