import JSON
import Kit

/// Numbers for a while. Their ids are counted apart from those of activations, so that their refs are marked.
extension SMSActivate {
    private static let mark = "rent:"
    /// Any sender.
    private static let anyService = "full"

    /// The id of a rental behind its ref; nil for the ref of an activation.
    static func rental(_ ref: String) -> String? { ref.hasPrefix(mark) ? String(ref.dropFirst(mark.count)) : nil }

    /// What a rental costs, and how many numbers there are.
    package struct RentalQuote: Hashable, Sendable {
        package var price: Money
        package var count: Int?
    }

    /// Rents a number for messages of anybody; the product is how long: `3hours`, `1day`, `10days`, `1month`.
    func buyRental(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        guard dialect.hasRentals else {
            throw ProviderError(.unsupported, endpoint: SMSActivateAction.rent.rawValue, text: "\(name) rents nothing.")
        }
        guard let hours = Self.hours(request.product) else { throw mistake(.rent, "This is no span of time.") }
        guard request.forwarding == nil else {
            throw ProviderError(
                .unsupported, endpoint: SMSActivateAction.rent.rawValue, text: "Numbers are not forwarded.")
        }
        let country = try countryID(request.country, .rent)
        // The sale tells no price and takes no ceiling: it is asked for before.
        let quote = try await rentalQuote(country: country, hours: hours, operator: request.operator)
        if quote.count == 0 {
            throw ProviderError(.outOfStock, endpoint: SMSActivateAction.rentalOffers.rawValue, status: 200)
        }
        if let ceiling = request.ceiling, quote.price > ceiling {
            throw ProviderError(.overPrice, endpoint: SMSActivateAction.rentalOffers.rawValue, status: 200)
        }
        let told = try await ask(
            .rent,
            [
                ("service", Self.anyService), ("rent_time", String(hours)), ("country", String(country)),
                ("operator", named(request.operator)), ("incomingCall", request.voice ? "true" : nil),
            ], deadline: request.deadline)
        var order = try rented(told, .rent)
        order.product = request.product
        order.country = request.country
        order.operator = named(request.operator)
        order.price = quote.price
        return order
    }

    private func rentalQuote(
        country: Int, hours: Int, operator: String?
    ) async throws(ProviderError) -> RentalQuote {
        let json = try await json(
            .rentalOffers,
            [("rent_time", String(hours)), ("country", String(country)), ("operator", named(`operator`))],
            maximumBody: 8 << 20)
        let offer = json["services"]?[Self.anyService]
        guard let offer else {
            throw ProviderError(.outOfStock, endpoint: SMSActivateAction.rentalOffers.rawValue, status: 200)
        }
        guard let price = reader.money(offer["cost"], currency: json["currency"]) else {
            throw SMSActivateAnswer.unfit(.rentalOffers, "The offer has no price.")
        }
        return RentalQuote(price: price, count: reader.integer(offer["quant"]?["current"] ?? offer["quant"]))
    }

    /// Keeps a rental for longer. One that was over is a new one then, with a ref of its own.
    package func extendRental(
        _ ref: String, hours: Int, ceiling: Money? = nil
    ) async throws(ProviderError) -> ProviderOrder {
        guard let id = Self.rental(ref), reader.identifier(.string(id)) != nil else {
            throw mistake(.extendRental, "This is the ref of no rental.")
        }
        let quote = try await json(.extensionQuote, [("id", id), ("hours", String(hours))])
        guard let price = reader.money(quote["price"], currency: quote["currency"]) else {
            throw SMSActivateAnswer.unfit(.extensionQuote, "The answer has no price.")
        }
        if let ceiling, price > ceiling {
            throw ProviderError(.overPrice, endpoint: SMSActivateAction.extensionQuote.rawValue, status: 200)
        }
        let told = try await ask(.extendRental, [("id", id), ("rent_time", String(hours))])
        var order = try rented(told, .extendRental)
        order.price = price
        return order
    }

    private func rented(_ told: Told, _ action: SMSActivateAction) throws(ProviderError) -> ProviderOrder {
        guard let phone = told.json?["phone"], let id = reader.identifier(phone["id"]),
            let number = reader.phone(phone["number"])
        else { throw SMSActivateAnswer.unfit(action, "The answer has no id or no phone number.") }
        return ProviderOrder(
            ref: Self.mark + id, phone: number, status: .received, expires: reader.moment(phone["endDate"]))
    }

    // MARK: - Orders

    private static let rentalPage = 10
    private static let rentalPages = 100

    func checkRental(_ id: String) async throws(ProviderError) -> ProviderOrder {
        guard reader.identifier(.string(id)) != nil else { throw mistake(.rentalStatus, "This is no rental's id.") }
        var order = ProviderOrder(ref: Self.mark + id, phone: nil, status: .received)
        for page in 1...Self.rentalPages {
            let told = try await ask(
                .rentalStatus, [("id", id), ("page", String(page)), ("size", String(Self.rentalPage))])
            guard let json = told.json else {
                order.status = Self.status(told)
                return order
            }
            guard let rows = reader.rentalMessages(of: id, json["values"]) else {
                throw SMSActivateAnswer.unfit(.rentalStatus, "The answer is not a list of messages.")
            }
            // Each page holds what is older than the one before.
            let known = Set(order.messages.compactMap(\.id))
            let older = rows.filter { $0.id.map { !known.contains($0) } ?? true }
            order.messages = older + order.messages
            let total = reader.integer(json["quantity"]) ?? order.messages.count
            if older.isEmpty || order.messages.count >= total { return order }
        }
        return order
    }

    private static func status(_ told: Told) -> ProviderOrder.Status {
        switch told.content {
        case .word("STATUS_FINISH", _): .finished
        case .word("STATUS_CANCEL", _): .cancelled
        // Blocked, and paid back.
        case .word("STATUS_REVOKE", _): .banned
        default: .received
        }
    }

    func endRental(_ id: String, _ action: SMSActivateAction) async throws(ProviderError) -> ProviderOrder {
        guard reader.identifier(.string(id)) != nil else { throw mistake(action, "This is no rental's id.") }
        let told = try await ask(action, [("id", id), ("status", action == .finishRental ? "1" : "2")])
        guard told.content == .nothing || reader.text(told.json?["status"])?.lowercased() == "success" else {
            throw SMSActivateAnswer.unfit(action, "The answer does not say that it is done.")
        }
        return ProviderOrder(
            ref: Self.mark + id, phone: nil, status: action == .finishRental ? .finished : .cancelled)
    }

    func recentRentals(limit: Int, offset: Int) async throws(ProviderError) -> ProviderOrderPage {
        guard dialect.hasRentals else {
            throw ProviderError(.unsupported, endpoint: SMSActivateAction.rentals.rawValue)
        }
        var orders: [ProviderOrder] = []
        var seen: Set<String> = []
        for page in 1...Self.rentalPages {
            let told = try await ask(.rentals, [("length", String(Self.rentalPage)), ("page", String(page))])
            guard let json = told.json else { break }
            let rows = reader.rows(json["values"])
            let rentals = rows.compactMap { row -> ProviderOrder? in
                guard let id = reader.identifier(row["id"]) else { return nil }
                return ProviderOrder(
                    ref: Self.mark + id, phone: reader.phone(row["phone"]), status: .received,
                    expires: reader.moment(row["endDate"]))
            }
            guard rentals.count == rows.count else {
                throw SMSActivateAnswer.unfit(.rentals, "The answer is not a list of rentals.")
            }
            let fresh = rentals.filter { seen.insert($0.ref).inserted }
            orders += fresh
            if fresh.isEmpty || rows.count < Self.rentalPage || orders.count >= offset + limit { break }
        }
        return ProviderOrderPage(orders: Array(orders.dropFirst(offset).prefix(limit)))
    }

    /// `3hours`, `1day`, `2weeks`, `1month`: how many hours.
    static func hours(_ span: String) -> Int? {
        let digits = span.prefix { $0.isNumber }
        guard let count = Int(digits), (1...1344).contains(count) else { return nil }
        let hours: Int
        switch span.dropFirst(digits.count) {
        case "hour", "hours": hours = count
        case "day", "days": hours = count * 24
        case "week", "weeks": hours = count * 168
        case "month", "months": hours = count * 720
        default: return nil
        }
        return (1...1344).contains(hours) ? hours : nil
    }
}
