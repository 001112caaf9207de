import Kit

/// What an upstream that lets customers ask again, and tells them of what comes, needs besides.
extension Seller {
    /// A message that arrived, for whoever is to be told of it.
    package struct Receipt: Hashable, Sendable {
        package let order: Int64
        /// Its place among the messages of the order.
        package let message: Int
        package let at: Timestamp
    }

    /// What arrived since the last time; only where the settings say that it is noted.
    package mutating func takeReceipts() -> [Receipt] {
        defer { receipts = [] }
        return receipts
    }

    /// The customer asks for another message on an open order, which costs nothing.
    package mutating func askAgain(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try index(of: id, account: account)
        let order = orders[index]
        guard order.status.isOpen else { throw .orderNotFound }
        guard !order.messages.isEmpty else { throw .orderNoSMS }
        orders[index].askedAgain = order.messages.count
        let arrival = arrivals.arrival(place: order.offer.place, product: order.offer.product)
        if arrival.mode == .auto {
            let delay = dice.logNormal(
                median: arrival.median, spread: arrival.spread, .delay, UInt64(bitPattern: id),
                UInt64(order.composed) + 1)
            if now + delay < order.expiresAt { timers.add(.message(id), at: now + delay) }
        }
        return orders[index]
    }

    /// The open orders of an account, the oldest first.
    package mutating func openOrders(
        _ category: Product.Category, account: Int, at time: Timestamp
    ) -> [Order] {
        advance(to: time)
        return accounts[account].openIDs.compactMap { order($0) }
            .filter { $0.status.isOpen && product(of: $0).category == category }
    }

    /// An order of that account, whatever became of it.
    package mutating func look(
        at id: Int64, _ category: Product.Category, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        let order = orders[try index(of: id, account: account)]
        guard product(of: order).category == category else { throw .orderNotFound }
        return order
    }

    /// The order that was bought under that name.
    package func order(reference: String, account: Int) -> Order? {
        orderByReference[account]?[reference].flatMap { order($0) }
    }
}
