import Kit

/// Which orders of its history a customer wants to see.
package struct HistoryQuery: Hashable, Sendable {
    /// The columns that rows can be ordered by.
    package enum Column: String, Sendable {
        case id, price, status, product, phone, country
        case createdAt = "created_at"
        case expires
    }

    package var category: Product.Category
    package var limit = HistoryQuery.defaultLimit
    package var offset = 0
    package var order = Column.id
    package var reverse = false
    /// A day, `2026-02-03`, in UTC.
    package var date: String?
    package var phone: String?
    package var status: String?
    package var product: String?

    package static let defaultLimit = 100
    package static let maximumLimit = 1_000

    package init(category: Product.Category) { self.category = category }

    var isFiltered: Bool { date != nil || phone != nil || status != nil || product != nil }
}

/// A page of history.
package struct HistoryPage: Sendable {
    package let orders: [Order]
    package let productNames: [String]
    package let statuses: [String]
    package let total: Int
}

extension Seller {
    /// A page of the orders of an account. In order of id and without filters it costs no more than its length; with the
    /// filter on an open status, no more than the open orders; else every order is looked at.
    package mutating func history(_ query: HistoryQuery, account: Int, at time: Timestamp) -> HistoryPage {
        advance(to: time)
        let holder = accounts[account]
        let all = query.category == .hosting ? holder.rentals : holder.activations
        var ids = all
        if let status = query.status, Order.Status(rawValue: status)?.isOpen == true { ids = holder.openIDs }
        if query.isFiltered { ids = ids.filter { matches($0, query) } }
        if query.order != .id, query.order != .createdAt {
            ids.sort { precedes(orders[index($0)], orders[index($1)], query.order) }
        }
        let total = ids.count
        let start = min(query.offset, total)
        let end = min(start + min(query.limit, HistoryQuery.maximumLimit), total)
        let page = (start..<end).map { orders[index(ids[query.reverse ? total - 1 - $0 : $0])] }
        let isWanted = { (product: Int) in self.market.products[product].category == query.category }
        return HistoryPage(
            orders: page,
            productNames: holder.products.filter(isWanted).map { market.products[$0].slug },
            statuses: all.isEmpty ? [] : Order.Status.allCases.map(\.rawValue), total: total)
    }

    private func index(_ id: Int64) -> Int { Int(id - firstOrder) }

    private func matches(_ id: Int64, _ query: HistoryQuery) -> Bool {
        let order = orders[index(id)]
        let product = product(of: order)
        return product.category == query.category
            && (query.status.map { order.status.rawValue == $0 } ?? true)
            && (query.product.map { product.slug == $0 } ?? true)
            && (query.phone.map { order.phone == ($0.hasPrefix("+") ? String($0.dropFirst()) : $0) } ?? true)
            && (query.date.map { order.createdAt.description.hasPrefix($0) } ?? true)
    }

    private func precedes(_ left: Order, _ right: Order, _ column: HistoryQuery.Column) -> Bool {
        switch column {
        case .id, .createdAt: left.id < right.id
        case .expires: (left.expiresAt, left.id) < (right.expiresAt, right.id)
        case .price: (left.price, left.id) < (right.price, right.id)
        case .status: (left.status.rawValue, left.id) < (right.status.rawValue, right.id)
        case .product: (product(of: left).slug, left.id) < (product(of: right).slug, right.id)
        case .phone: (left.phone, left.id) < (right.phone, right.id)
        case .country: (place(of: left).country.slug, left.id) < (place(of: right).country.slug, right.id)
        }
    }
}
