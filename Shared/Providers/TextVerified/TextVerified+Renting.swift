import HTTPClient
import JSON
import Kit

/// Renting a number: a sale that takes a while, and perhaps a back-order.
extension TextVerified {
    /// Rents a number that takes messages from anybody and is always on; the product is the duration.
    func buyRental(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        guard let duration = TextVerifiedDuration(product: request.product) else {
            throw mistake(.rent, "No such duration is known.")
        }
        var wish = TextVerifiedRentalWish(duration)
        wish.capability = request.voice ? .both : .sms
        wish.areaCode = request.areaCode
        var order = try await rent(wish, ceiling: request.ceiling, deadline: request.deadline)
        order.product = request.product
        return order
    }

    /// What a rental costs.
    package func price(of wish: TextVerifiedRentalWish) async throws(ProviderError) -> Money {
        try await price(
            .rentalPrice, "rentals",
            [
                "serviceName": .string(wish.service), "areaCode": .bool(wish.areaCode != nil),
                "numberType": .string(wish.type.rawValue), "capability": .string(wish.capability.rawValue),
                "alwaysOn": .bool(wish.isAlwaysOn), "isRenewable": .bool(wish.isRenewable),
                "duration": .string(wish.duration.rawValue),
            ])
    }

    /// Rents a number. A ceiling cannot be sent along, so the price is asked for first.
    package func rent(
        _ wish: TextVerifiedRentalWish, ceiling: Money? = nil, deadline: Duration? = nil
    ) async throws(ProviderError) -> ProviderOrder {
        let patience = deadline ?? configuration.purchaseDeadline
        let until = ContinuousClock.now + patience
        if let ceiling, try await price(of: wish) > ceiling {
            throw ProviderError(.overPrice, endpoint: TextVerifiedEndpoint.rent.rawValue, text: "It costs more.")
        }
        var body: [JSON.Member] = [
            .init("serviceName", .string(wish.service)), .init("capability", .string(wish.capability.rawValue)),
            .init("numberType", .string(wish.type.rawValue)), .init("duration", .string(wish.duration.rawValue)),
            .init("isRenewable", .bool(wish.isRenewable)), .init("alwaysOn", .bool(wish.isAlwaysOn)),
            .init("allowBackOrderReservations", .bool(wish.allowsBackOrder)),
        ]
        if let area = wish.areaCode { body.append(.init("areaCodeSelectOption", [.string(area)])) }
        if let cycle = wish.billingCycle { body.append(.init("billingCycleIdToAssignTo", .string(cycle))) }
        let link = try await sold(
            Question(.rent, try url(.rent, ["reservations", "rental"]), .post, body: .object(body), deadline: patience))
        do throws(ProviderError) {
            return try await delivered(link, until: until, ceiling: ceiling)
        } catch {
            // That the sale failed is the one thing that is known for certain.
            if error.kind == .outOfStock { throw error }
            throw ProviderError(
                .ambiguous, endpoint: TextVerifiedEndpoint.rent.rawValue, status: error.status,
                text: "Ordered, and not to be seen: \(error.text)", transport: error.transport)
        }
    }

    /// The rental that a sale ends with.
    private func delivered(
        _ link: TextVerifiedLink, until: ContinuousClock.Instant, ceiling: Money?
    ) async throws(ProviderError) -> ProviderOrder {
        func refused(_ text: String) -> ProviderError {
            ProviderError(.outOfStock, endpoint: TextVerifiedEndpoint.rent.rawValue, text: text)
        }
        var sale = try await self.sale(link)
        while sale.state != .succeeded {
            if sale.state == .failed { throw refused("The sale failed.") }
            try await again(until)
            sale = try await self.sale(link)
        }
        let place: TextVerifiedLink
        if let item = sale.reservations.first {
            place = try await self.place(of: item.link, item.id)
        } else if let item = sale.backOrders.first {
            var order = try await backOrder(item.id)
            while order.state != .fulfilled {
                if order.state == .canceled { throw refused("The back-order was cancelled.") }
                try await again(until)
                order = try await backOrder(item.id)
            }
            guard let id = order.reservationID else {
                throw TextVerifiedAnswer.unfit(.rent, "The back-order does not say what came of it.")
            }
            place = try await self.place(of: order.reservation, id)
        } else {
            throw TextVerifiedAnswer.unfit(.rent, "The sale has nothing in it.")
        }
        let json = try await follow(place, .rental, isUrgent: true).json
        guard var order = TextVerifiedReader.order(json), order.phone != nil else {
            throw TextVerifiedAnswer.unfit(.rent, "The rental has no id or no phone number.")
        }
        order.price = sale.total
        if let ceiling, let price = sale.total { order.isOverCeiling = price > ceiling }
        return order
    }

    /// A link to a reservation may lead to another link, which names what it is.
    private func place(of link: TextVerifiedLink?, _ id: String) async throws(ProviderError) -> TextVerifiedLink {
        // `??` would lose which errors there can be.
        let link = if let link { link } else { TextVerifiedLink(try url(.reservation, ["reservations", id])) }
        let json = try await follow(link, .reservation, isUrgent: true).json
        return TextVerifiedLink(json) ?? link
    }

    private func again(_ until: ContinuousClock.Instant) async throws(ProviderError) {
        guard ContinuousClock.now + configuration.salePause < until else {
            throw TextVerifiedAnswer.unfit(.rent, "The sale is not decided yet.")
        }
        try await pause(configuration.salePause, .rent)
    }

    private func sale(_ link: TextVerifiedLink) async throws(ProviderError) -> TextVerifiedSale {
        guard let sale = TextVerifiedReader.sale(try await follow(link, .sale, isUrgent: true).json) else {
            throw TextVerifiedAnswer.unfit(.sale, "The answer is not a sale.")
        }
        return sale
    }

    package func sale(id: String) async throws(ProviderError) -> TextVerifiedSale {
        try await sale(TextVerifiedLink(url(.sale, ["sales", id])))
    }

    package func sales() async throws(ProviderError) -> [TextVerifiedSale] {
        try await list(.sales, url(.sales, ["sales"])).rows.compactMap { TextVerifiedReader.sale($0) }
    }

    package func backOrder(_ id: String) async throws(ProviderError) -> TextVerifiedBackOrder {
        let json = try await ask(Question(.backOrder, try url(.backOrder, ["backorders", id]))).json
        guard let order = TextVerifiedReader.backOrder(json) else {
            throw TextVerifiedAnswer.unfit(.backOrder, "The answer is not a back-order.")
        }
        return order
    }
}
