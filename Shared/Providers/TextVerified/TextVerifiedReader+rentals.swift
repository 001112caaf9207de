import JSON
import Kit

extension TextVerifiedReader {
    static func sale(_ json: JSON) -> TextVerifiedSale? {
        guard let id = text(json["id"]) else { return nil }
        return TextVerifiedSale(
            id: id, state: TextVerifiedSale.State(json["state"]),
            // In a list it has another name.
            total: money(json["total"]) ?? money(json["totalCost"]), reservations: items(json["reservations"]),
            backOrders: items(json["backOrderReservations"]), createdAt: time(json["createdAt"]),
            updatedAt: time(json["updatedAt"]))
    }

    private static func items(_ json: JSON?) -> [TextVerifiedSale.Item] {
        (json?.arrayValue ?? []).compactMap { row in
            guard let id = text(row["id"]) else { return nil }
            return TextVerifiedSale.Item(
                id: id, link: TextVerifiedLink(row["link"]), service: text(row["serviceName"]) ?? "")
        }
    }

    static func backOrder(_ json: JSON) -> TextVerifiedBackOrder? {
        guard let id = text(json["id"]) else { return nil }
        return TextVerifiedBackOrder(
            id: id, state: TextVerifiedBackOrder.State(json["status"]), service: text(json["serviceName"]) ?? "",
            saleID: text(json["saleId"]), reservationID: text(json["reservationId"]),
            reservation: TextVerifiedLink(json["reservation"]))
    }

    static func rental(_ json: JSON) -> TextVerifiedRental? {
        guard let id = text(json["id"]), let state = text(json["state"]) else { return nil }
        return TextVerifiedRental(
            id: id, phone: phone(json["number"]), service: text(json["serviceName"]) ?? "", state: state,
            isAlwaysOn: flag(json["alwaysOn"]), createdAt: time(json["createdAt"]), endsAt: time(json["endsAt"]),
            saleID: text(json["saleId"]), billingCycle: text(json["billingCycleId"]),
            isIncludedForNextRenewal: flag(json["isIncludedForNextRenewal"]),
            canRefund: flag(json["refund"]?["canRefund"]), refundableUntil: time(json["refund"]?["refundableUntil"]))
    }

    static func cycle(_ json: JSON) -> TextVerifiedCycle? {
        guard let id = text(json["id"]) else { return nil }
        return TextVerifiedCycle(
            id: id, state: text(json["state"]) ?? "", endsAt: time(json["billingCycleEndsAt"]),
            renewedThrough: time(json["renewedThrough"]), nextRenewal: time(json["nextAutoRenewAttempt"]),
            sendsReminders: flag(json["emailNotificationsEnabled"]))
    }

    static func invoice(_ json: JSON) -> TextVerifiedInvoice {
        TextVerifiedInvoice(
            id: text(json["id"]), createdAt: time(json["createdAt"]), isPaid: flag(json["isPaidFor"]),
            total: money(json["totalCost"]))
    }

    static func wake(_ json: JSON) -> TextVerifiedWake? {
        guard let id = text(json["id"]) else { return nil }
        return TextVerifiedWake(
            id: id, reservationID: text(json["reservationId"]), isScheduled: flag(json["isScheduled"]),
            windowStart: time(json["usageWindowStart"]), windowEnd: time(json["usageWindowEnd"]))
    }
}
