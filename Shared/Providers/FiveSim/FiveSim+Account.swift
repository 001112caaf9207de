import HTTPClient
import JSON
import Kit

/// The account: profile, lists, price limits, and the supplier's side.
extension FiveSim {
    package func profile() async throws(ProviderError) -> FiveSimProfile {
        try await profile(.profile, ["user", "profile"])
    }

    package func orders(_ query: FiveSimOrderQuery) async throws(ProviderError) -> FiveSimOrderPage {
        try await orders(.orders, ["user", "orders"], query)
    }

    package func payments(
        limit: Int = 100, offset: Int = 0, order: String = "id", isReversed: Bool = true
    ) async throws(ProviderError) -> FiveSimPaymentPage {
        try await payments(.payments, ["user", "payments"], limit, offset, order, isReversed)
    }

    package func maxPrices() async throws(ProviderError) -> [FiveSimMaxPrice] {
        let json = try await ask(Question(endpoint: .maxPrices, path: ["user", "max-prices"]))
        guard json.isNull || json.arrayValue != nil else {
            throw FiveSimAnswer.unfit(.maxPrices, "The answer is not a list.")
        }
        return (json.arrayValue ?? []).compactMap { row in
            guard let product = reader.text(row["product"] ?? row["product_name"]),
                let price = reader.money(row["price"])
            else { return nil }
            return FiveSimMaxPrice(
                id: reader.identifier(row["id"] ?? row["ID"]), product: product, price: price,
                createdAt: reader.time(row["CreatedAt"] ?? row["created_at"]))
        }
    }

    package func setMaxPrice(product: String, price: Money) async throws(ProviderError) {
        _ = try await ask(
            Question(
                endpoint: .setMaxPrice, path: ["user", "max-prices"], method: .post,
                body: ["product_name": .string(product), "price": reader.amount(price).number]))
    }

    package func removeMaxPrice(product: String) async throws(ProviderError) {
        _ = try await ask(
            Question(
                endpoint: .removeMaxPrice, path: ["user", "max-prices"], method: .delete,
                body: ["product_name": .string(product)]))
    }

    // MARK: the supplier's side

    package func vendorProfile() async throws(ProviderError) -> FiveSimProfile {
        try await profile(.vendorProfile, ["user", "vendor"])
    }

    /// What each wallet holds.
    package func vendorWallets() async throws(ProviderError) -> [String: Money] {
        let json = try await ask(Question(endpoint: .vendorWallets, path: ["vendor", "wallets"]))
        guard let members = json.objectValue else {
            throw FiveSimAnswer.unfit(.vendorWallets, "The answer is not an object.")
        }
        var wallets: [String: Money] = [:]
        for member in members { wallets[member.name] = reader.money(member.value) }
        return wallets
    }

    package func vendorOrders(_ query: FiveSimOrderQuery) async throws(ProviderError) -> FiveSimOrderPage {
        try await orders(.vendorOrders, ["vendor", "orders"], query)
    }

    package func vendorPayments(
        limit: Int = 100, offset: Int = 0, order: String = "id", isReversed: Bool = true
    ) async throws(ProviderError) -> FiveSimPaymentPage {
        try await payments(.vendorPayments, ["vendor", "payments"], limit, offset, order, isReversed)
    }

    /// Pays earnings out. Not idempotent.
    package func vendorWithdraw(_ withdrawal: FiveSimWithdrawal) async throws(ProviderError) {
        _ = try await ask(
            Question(
                endpoint: .vendorWithdraw, path: ["vendor", "withdraw"], method: .post,
                body: [
                    "receiver": .string(withdrawal.receiver), "method": .string(withdrawal.method),
                    "amount": .string(reader.amount(withdrawal.amount).shortest), "fee": .string(withdrawal.wallet),
                ], deadline: configuration.purchaseDeadline))
    }

    // MARK: shapes that both sides share

    private func profile(
        _ endpoint: FiveSimEndpoint, _ path: [String]
    ) async throws(ProviderError) -> FiveSimProfile {
        let json = try await ask(Question(endpoint: endpoint, path: path))
        guard let balance = reader.money(json["balance"]) else {
            throw FiveSimAnswer.unfit(endpoint, "The answer has no balance.")
        }
        return FiveSimProfile(
            id: reader.identifier(json["id"]), email: reader.text(json["email"]), vendor: reader.text(json["vendor"]),
            balance: balance, frozen: reader.money(json["frozen_balance"]), rating: reader.number(json["rating"]),
            defaultCountry: reader.text(json["default_country"]?["name"]),
            defaultOperator: reader.text(json["default_operator"]?["name"]),
            defaultForwarding: reader.phone(json["default_forwarding_number"]),
            activeOrders: reader.integer(json["total_active_orders"]))
    }

    private func orders(
        _ endpoint: FiveSimEndpoint, _ path: [String], _ query: FiveSimOrderQuery
    ) async throws(ProviderError) -> FiveSimOrderPage {
        let (json, servedAt) = try await askWithTime(
            Question(
                endpoint: endpoint, path: path,
                query: [
                    ("category", query.kind == .activation ? "activation" : "hosting"),
                    ("limit", String(query.limit)), ("offset", String(query.offset)), ("order", query.order),
                    ("reverse", query.isReversed ? "true" : "false"), ("date", query.date),
                    ("phone", query.phone.map { String($0.text.dropFirst()) }), ("status", query.status),
                    ("product", query.product),
                ], maximumBody: 16 << 20))
        // A row that cannot be read might be the very order that a reconciler is looking for: better no list than one
        // that proves an absence which is none.
        guard let page = reader.page(json), case let orders = page.rows.compactMap({ reader.order($0) }),
            orders.count == page.rows.count
        else { throw FiveSimAnswer.unfit(endpoint, "The answer is not a list of orders.") }
        return FiveSimOrderPage(
            orders: orders, products: reader.names(json["ProductNames"]), statuses: reader.names(json["Statuses"]),
            total: page.total, servedAt: servedAt)
    }

    private func payments(
        _ endpoint: FiveSimEndpoint, _ path: [String], _ limit: Int, _ offset: Int, _ order: String,
        _ isReversed: Bool
    ) async throws(ProviderError) -> FiveSimPaymentPage {
        let json = try await ask(
            Question(
                endpoint: endpoint, path: path,
                query: [
                    ("limit", String(limit)), ("offset", String(offset)), ("order", order),
                    ("reverse", isReversed ? "true" : "false"),
                ], maximumBody: 16 << 20))
        guard let page = reader.page(json) else {
            throw FiveSimAnswer.unfit(endpoint, "The answer is not a list of payments.")
        }
        return FiveSimPaymentPage(
            payments: page.rows.map { row in
                FiveSimPayment(
                    id: reader.identifier(row["ID"] ?? row["id"]), type: reader.text(row["TypeName"]) ?? "",
                    provider: reader.text(row["ProviderName"]) ?? "", amount: reader.money(row["Amount"]),
                    balance: reader.money(row["Balance"]), createdAt: reader.time(row["CreatedAt"]))
            }, types: reader.names(json["PaymentTypes"]), providers: reader.names(json["PaymentProviders"]),
            statuses: reader.names(json["PaymentStatuses"]), total: page.total)
    }
}

extension Money {
    /// As a JSON number.
    fileprivate var number: JSON {
        micro % 1_000_000 == 0 ? .integer(micro / 1_000_000) : .number(Double(micro) / 1_000_000)
    }
}
