import Kit

extension Seller {
    /// Looks at an order. From the first look on `sms` is an array.
    package mutating func check(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try index(of: id, account: account)
        orders[index].wasChecked = true
        return orders[index]
    }

    /// The customer has what he wanted: the frozen money is the provider's.
    package mutating func finish(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try openIndex(of: id, account: account)
        if orders[index].messages.isEmpty, product(of: orders[index]).category == .activation {
            throw Refusal.orderNoSMS.with(status: settings.orderErrorStatus)
        }
        close(index, as: .finished, rating: .finish)
        return orders[index]
    }

    /// The customer does not want the number any more: the money comes back, unless a message came.
    package mutating func cancel(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try refundableIndex(of: id, account: account)
        guard now >= orders[index].createdAt + settings.earlyCancel else { throw .waitTime }
        close(index, as: .canceled, rating: .cancel)
        return orders[index]
    }

    /// The number is known to the service already: the money comes back, unless a message came.
    package mutating func ban(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try refundableIndex(of: id, account: account)
        close(index, as: .banned, rating: Rating.ban)
        return orders[index]
    }

    private func openIndex(of id: Int64, account: Int) throws(Refusal) -> Int {
        let index = try index(of: id, account: account)
        switch orders[index].status {
        case .pending, .received: return index
        case .timeout: throw Refusal.orderExpired.with(status: settings.orderErrorStatus)
        // What ended otherwise is not found among the orders that can still be acted on.
        case .finished, .canceled, .banned: throw Refusal.orderNotFound.with(status: settings.orderErrorStatus)
        }
    }

    private func refundableIndex(of id: Int64, account: Int) throws(Refusal) -> Int {
        let known = try index(of: id, account: account)
        if product(of: orders[known]).category == .hosting {
            throw Refusal.hostingOrder.with(status: settings.orderErrorStatus)
        }
        if !orders[known].messages.isEmpty, orders[known].status.isOpen || orders[known].status == .finished {
            throw Refusal.orderHasSMS.with(status: settings.orderErrorStatus)
        }
        return try openIndex(of: id, account: account)
    }

    /// The provider ends an order by itself: a script's hand. False when it was not open.
    package mutating func end(_ id: Int64, as status: Order.Status, at time: Timestamp) -> Bool {
        advance(to: time)
        guard let index = index(of: id), orders[index].status.isOpen, !status.isOpen else { return false }
        close(index, as: status, rating: nil)
        let order = orders[index]
        // Where rentals can be given back at all, one that the provider takes away is paid back.
        if status == .banned, settings.rentalCancelWithin != nil, product(of: order).category == .hosting {
            books.post(
                .rentRefund, order.price, order: id, account: order.account, to: &accounts[order.account], at: now)
        }
        return true
    }

    /// Ends an open order and settles its money.
    mutating func close(_ index: Int, as status: Order.Status, rating: Rating.Event?) {
        let order = orders[index]
        precondition(order.status.isOpen && !status.isOpen, "an order is closed once")
        orders[index].status = status
        orders[index].closedAt = now
        let account = order.account
        if product(of: order).category == .activation {
            books.post(
                status == .finished ? .charge : .refund, order.price, order: order.id, account: account,
                to: &accounts[account], at: now)
        }
        if let rating { accounts[account].rating.note(rating, at: now) }
        accounts[account].openCount -= 1
        // Closed ids are left where they are until they are the larger part; so closing costs the same on average
        // however many orders are open.
        if accounts[account].openIDs.count > 32, accounts[account].openIDs.count > 2 * accounts[account].openCount {
            accounts[account].openIDs = accounts[account].openIDs.filter { orders[Int($0 - firstOrder)].status.isOpen }
        }
    }
}
