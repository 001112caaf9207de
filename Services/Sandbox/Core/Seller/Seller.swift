import Kit

/// The simulated 5SIM: accounts, market, orders, messages, books. A value without clock and without chance of its own:
/// every call is told the time, and the same seed with the same calls gives the same answers.
///
/// Whoever holds it calls `advance` before looking at it; all calls that take a time do so themselves. Orders are found
/// by their place in a list and events by a heap, so that no call gets slower with the number of orders. Orders are
/// kept until the whole is made anew.
package struct Seller: Sendable {
    package let seed: UInt64
    package var settings = Settings()
    package var arrivals = ArrivalPlan()
    package var market: Market
    package internal(set) var accounts: [Account] = []
    package internal(set) var orders: [Order] = []
    package internal(set) var books = Books()
    /// The time as last told; never runs backwards.
    package internal(set) var now: Timestamp

    let dice: Dice
    let composer: MessageComposer
    var timers = TimerHeap<Event>()
    var accountByToken: [String: Int] = [:]
    /// The last order of each number.
    var orderByPhone: [String: Int64] = [:]
    /// The order of each name that a customer gave one, by account.
    var orderByReference: [Int: [String: Int64]] = [:]
    var receipts: [Receipt] = []
    var numbersSold: [UInt64]
    var lastMessage: Int64
    var lastMaxPrice: Int64 = 0

    /// The id of the first order; the others follow. It grows by a thousand a second of the clock, so that a simulation
    /// that is started anew does not give out ids again that others have in their books.
    let firstOrder: Int64
    /// Which of a country's numbers is sold first, for the same reason.
    private let firstNumber: UInt64

    enum Event: Sendable {
        case ready(Int64)
        case expiry(Int64)
        /// The service's own next message.
        case message(Int64)
        case scripted(Int64, MessageComposer.Content, code: String?)
    }

    /// With at least so many pools in each country.
    package init(seed: UInt64, now: Timestamp, pools: Int = 0) {
        self.seed = seed
        self.now = now
        dice = Dice(seed: seed)
        composer = MessageComposer(seed: seed)
        market = Market(seed: seed, pools: pools)
        let age = max(0, now.microseconds / 1_000_000 - 1_700_000_000)
        firstOrder = 70_211_003 + age * 1_000
        lastMessage = 3_027_530 + age * 2_000
        firstNumber = dice.draw(.phone, UInt64(age), 1) >> 16
        numbersSold = Array(repeating: 0, count: market.places.count)
    }

    // MARK: Accounts

    /// The account of a token: its place in `accounts`.
    package func account(token: String) -> Int? { accountByToken[token] }

    /// Opens an account, or finds the one with that token; then adds the money to it.
    @discardableResult
    package mutating func deposit(token: String, _ amount: Money, at time: Timestamp) -> Int {
        advance(to: time)
        let index: Int
        if let known = accountByToken[token] {
            index = known
        } else {
            index = accounts.count
            accounts.append(Account(id: 1_001 + Int64(index), token: token))
            accountByToken[token] = index
        }
        guard amount > .zero else { return index }
        books.post(.deposit, amount, order: nil, account: index, to: &accounts[index], at: now)
        accounts[index].rating.note(.topUp, at: now)
        accounts[index].payments.append(
            Account.Payment(
                id: 42_000 + Int64(accounts[index].payments.count), amount: amount, balance: accounts[index].balance,
                createdAt: now))
        return index
    }

    /// A script's hand on the rating, in hundredths.
    package mutating func setRating(_ hundredths: Int, account: Int) {
        accounts[account].rating.set(hundredths, at: now)
    }

    /// Sets a ceiling for a product.
    package mutating func setMaxPrice(_ price: Money, product: String, account: Int, at time: Timestamp) throws(Refusal)
    {
        advance(to: time)
        guard Product.slug(product) != nil else { throw .productIsIncorrect }
        if let index = accounts[account].maxPrices.firstIndex(where: { $0.product == product }) {
            accounts[account].maxPrices[index].price = price
            return
        }
        lastMaxPrice += 1
        accounts[account].maxPrices.append(
            Account.MaxPrice(id: lastMaxPrice, product: product, price: price, createdAt: now))
    }

    /// Takes a ceiling away.
    package mutating func removeMaxPrice(product: String, account: Int) throws(Refusal) {
        guard let index = accounts[account].maxPrices.firstIndex(where: { $0.product == product }) else {
            throw .recordNotFound
        }
        accounts[account].maxPrices.remove(at: index)
    }

    // MARK: Orders

    /// The next number of a country that was not sold yet; nil when all were.
    ///
    /// One that begins so, behind the calling code, is preferred: as many are looked at as there are beginnings, and
    /// those that do not fit are never sold.
    mutating func nextNumber(of place: Place, preferring beginning: String = "") -> String? {
        var number: String?
        for _ in 0..<(beginning.isEmpty ? 1 : place.beginnings.count) {
            guard numbersSold[place.index] < place.capacity else { break }
            defer { numbersSold[place.index] += 1 }
            let next = place.number(firstNumber &+ numbersSold[place.index], dice)
            number = next
            if next.dropFirst(place.country.prefix.utf8.count - 1).hasPrefix(beginning) { break }
        }
        return number
    }

    func index(of id: Int64) -> Int? {
        let index = Int(id - firstOrder)
        return orders.indices.contains(index) ? index : nil
    }

    /// An order by its id, whoever bought it.
    package func order(_ id: Int64) -> Order? { index(of: id).map { orders[$0] } }

    func index(of id: Int64, account: Int) throws(Refusal) -> Int {
        guard let index = index(of: id), orders[index].account == account else {
            throw Refusal.orderNotFound.with(status: settings.orderErrorStatus)
        }
        return index
    }

    package func product(of order: Order) -> Product { market.products[order.offer.product] }
    package func place(of order: Order) -> Place { market.places[order.offer.place] }
    package func pool(of order: Order) -> String { place(of: order).operators[order.offer.pool].name }
}
