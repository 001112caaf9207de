import Kit

extension Seller {
    /// Has a rental that is open last longer, for a price that nothing gives back.
    package mutating func extend(
        _ id: Int64, by duration: Duration, price: Money, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        let index = try rentalIndex(of: id, account: account)
        guard price <= accounts[account].balance else { throw .notEnoughBalance }
        books.post(.rent, price, order: id, account: account, to: &accounts[account], at: now)
        orders[index].expiresAt = orders[index].expiresAt + duration
        timers.add(.expiry(id), at: orders[index].expiresAt)
        return orders[index]
    }

    /// Takes an open rental back and pays for it, whatever came on it.
    package mutating func refundRental(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try rentalIndex(of: id, account: account)
        books.post(.rentRefund, orders[index].price, order: id, account: account, to: &accounts[account], at: now)
        close(index, as: .canceled, rating: nil)
        return orders[index]
    }

    private func rentalIndex(of id: Int64, account: Int) throws(Refusal) -> Int {
        let index = try index(of: id, account: account)
        guard product(of: orders[index]).category == .hosting, orders[index].status.isOpen else {
            throw Refusal.orderExpired.with(status: settings.orderErrorStatus)
        }
        return index
    }
}
