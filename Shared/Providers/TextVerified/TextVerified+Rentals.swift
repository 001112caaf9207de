import HTTPClient
import JSON
import Kit

/// Rented numbers, and what is done with them.
extension TextVerified {
    /// A rental by its id, whichever kind it is of, with its messages.
    func rental(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        let json = try await rentalJSON(ref)
        guard var order = TextVerifiedReader.order(json), order.ref == ref else {
            throw TextVerifiedAnswer.unfit(.rental, "The answer is not the rental that was asked for.")
        }
        let isRenewable = TextVerifiedReader.rental(json)?.isRenewable ?? false
        order.messages = try await messages(ref, isRenewable ? "renewable" : "nonrenewable")
        return order
    }

    private func rentalJSON(_ ref: String) async throws(ProviderError) -> JSON {
        let json = try await ask(Question(.reservation, try url(.reservation, ["reservations", ref]))).json
        guard let link = TextVerifiedLink(json) else {
            throw TextVerifiedAnswer.unfit(.reservation, "The answer is not a link.")
        }
        return try await follow(link, .rental).json
    }

    package func rentalMessages(_ ref: String) async throws(ProviderError) -> [ProviderMessage] {
        try await rental(ref).messages
    }

    package func rentalDetails(_ ref: String) async throws(ProviderError) -> TextVerifiedRental {
        guard let rental = TextVerifiedReader.rental(try await rentalJSON(ref)) else {
            throw TextVerifiedAnswer.unfit(.rental, "The answer is not a rental.")
        }
        return rental
    }

    /// All rentals of a kind; the renewable ones of a billing cycle where one is named.
    package func rentals(
        renewable: Bool, billingCycle: String? = nil
    ) async throws(ProviderError) -> [TextVerifiedRental] {
        let address = try url(
            .rentals, ["reservations", "rental", renewable ? "renewable" : "nonrenewable"],
            [("billingCycleId", renewable ? billingCycle : nil)])
        return try await list(.rentals, address).rows.compactMap { TextVerifiedReader.rental($0) }
    }

    /// Notes, and whether a renewable one goes on; what is nil stays as it is.
    package func updateRental(
        _ ref: String, renewable: Bool, notes: String? = nil, isIncludedForRenewal: Bool? = nil,
        marksMessagesRead: Bool? = nil
    ) async throws(ProviderError) {
        var body: [JSON.Member] = []
        if let notes { body.append(.init("userNotes", .string(notes))) }
        if let isIncludedForRenewal, renewable { body.append(.init("includeForRenewal", .bool(isIncludedForRenewal))) }
        if let marksMessagesRead { body.append(.init("markAllSmsRead", .bool(marksMessagesRead))) }
        let address = try url(.updateRental, rentalPath(ref, renewable))
        _ = try await ask(Question(.updateRental, address, .post, body: .object(body)))
    }

    /// Pays for a renewable rental that is overdue. A purchase: whatever is unclear stays unclear.
    package func renewRental(_ ref: String) async throws(ProviderError) {
        _ = try await ask(Question(.renew, try url(.renew, rentalPath(ref, true) + ["renew"]), .post))
    }

    /// Gives a rental back, for as long as its details say that one may.
    package func refundRental(_ ref: String, renewable: Bool) async throws(ProviderError) {
        _ = try await ask(Question(.refund, try url(.refund, rentalPath(ref, renewable) + ["refund"]), .post))
    }

    /// Has a rental that is not renewed last longer, which nothing gives back. A purchase.
    package func extendRental(_ ref: String, by duration: TextVerifiedDuration) async throws(ProviderError) {
        _ = try await ask(
            Question(
                .extend, try url(.extend, ["reservations", "rentals", "extensions"]), .post,
                body: ["rentalId": .string(ref), "extensionDuration": .string(duration.rawValue)]))
    }

    private func rentalPath(_ ref: String, _ renewable: Bool) -> [String] {
        ["reservations", "rental", renewable ? "renewable" : "nonrenewable", ref]
    }

    /// When the line was last found to work.
    package func checkedAt(_ ref: String) async throws(ProviderError) -> Timestamp? {
        let json = try await ask(Question(.health, try url(.health, ["reservations", ref, "health"]))).json
        return TextVerifiedReader.time(json["checkedAt"])
    }

    /// The id that a reservation of the earlier API has now.
    package func reservationID(ofOld id: String) async throws(ProviderError) -> String {
        let address = try url(
            .oldReservation, ["legacy", "reservation-id-lookup"], [("oldReservationId", id)])
        let json = try await ask(Question(.oldReservation, address)).json
        guard
            let found = TextVerifiedReader.text(json) ?? TextVerifiedReader.text(json["reservationId"])
                ?? TextVerifiedReader.text(json["id"])
        else { throw TextVerifiedAnswer.unfit(.oldReservation, "The answer has no id.") }
        return found
    }

    // MARK: lines that sleep

    /// Has a sleeping line woken; one that comes back not scheduled must be asked for again.
    package func wake(_ ref: String) async throws(ProviderError) -> TextVerifiedWake {
        let link = try await sold(
            Question(.wake, try url(.wake, ["wake-requests"]), .post, body: ["reservationId": .string(ref)]))
        return try wake(try await follow(link, .wakeRequest).json)
    }

    package func wakeRequest(_ id: String) async throws(ProviderError) -> TextVerifiedWake {
        try wake(try await ask(Question(.wakeRequest, try url(.wakeRequest, ["wake-requests", id]))).json)
    }

    private func wake(_ json: JSON) throws(ProviderError) -> TextVerifiedWake {
        guard let wake = TextVerifiedReader.wake(json) else {
            throw TextVerifiedAnswer.unfit(.wakeRequest, "The answer is not a wake request.")
        }
        return wake
    }

    /// From when to when a line would be awake if that were asked for now.
    package func wakeEstimate(_ ref: String) async throws(ProviderError) -> (start: Timestamp?, end: Timestamp?) {
        let json = try await ask(
            Question(
                .wakeEstimate, try url(.wakeEstimate, ["wake-requests", "estimate"]), .post,
                body: ["reservationId": .string(ref)])
        ).json
        return (
            TextVerifiedReader.time(json["estimatedWindowStart"]), TextVerifiedReader.time(json["estimatedWindowEnd"])
        )
    }

    // MARK: billing cycles

    package func cycles() async throws(ProviderError) -> [TextVerifiedCycle] {
        try await list(.cycles, url(.cycles, ["billing-cycles"])).rows.compactMap { TextVerifiedReader.cycle($0) }
    }

    package func cycle(_ id: String) async throws(ProviderError) -> TextVerifiedCycle {
        let json = try await ask(Question(.cycle, try url(.cycle, ["billing-cycles", id]))).json
        guard let cycle = TextVerifiedReader.cycle(json) else {
            throw TextVerifiedAnswer.unfit(.cycle, "The answer is not a billing cycle.")
        }
        return cycle
    }

    package func updateCycle(
        _ id: String, sendsReminders: Bool? = nil, nickname: String? = nil
    ) async throws(ProviderError) {
        var body: [JSON.Member] = []
        if let sendsReminders { body.append(.init("remindersEnabled", .bool(sendsReminders))) }
        if let nickname { body.append(.init("nickname", .string(nickname))) }
        let address = try url(.updateCycle, ["billing-cycles", id])
        _ = try await ask(Question(.updateCycle, address, .post, body: .object(body)))
    }

    package func invoices(of cycle: String) async throws(ProviderError) -> [TextVerifiedInvoice] {
        try await list(.invoices, url(.invoices, ["billing-cycles", cycle, "invoices"])).rows
            .map { TextVerifiedReader.invoice($0) }
    }

    /// What the next renewal of a cycle would cost.
    package func nextInvoice(of cycle: String) async throws(ProviderError) -> TextVerifiedInvoice {
        let address = try url(.nextInvoice, ["billing-cycles", cycle, "next-invoice"])
        let json = try await ask(Question(.nextInvoice, address, .post)).json
        return TextVerifiedReader.invoice(json["renewalEstimate"] ?? json)
    }

    /// Pays for a cycle now. A purchase.
    package func renewCycle(_ id: String) async throws(ProviderError) {
        _ = try await ask(Question(.renewCycle, try url(.renewCycle, ["billing-cycles", id, "renew"]), .post))
    }
}
