import JSON
import Kit
import SandboxCore

/// TextVerified's JSON.
enum TextVerifiedWriter {
    // MARK: atoms

    static func text(_ time: Timestamp) -> String { String(time.description.dropLast()) + "+00:00" }
    static func time(_ time: Timestamp?) -> JSON { time.map { .string(text($0)) } ?? .null }
    static func money(_ money: Money) -> JSON { .number(Double(money.micro) / 1_000_000) }

    static func link(_ href: String, _ method: String = "GET") -> JSON {
        ["method": .string(method), "href": .string(href)]
    }

    static func id(_ order: Order) -> String { OpaqueID.text("lr_", order.id, order.createdAt) }

    /// Ten digits: what is sold here has the calling code 1.
    static func number(_ order: Order) -> JSON { .string(String(order.phone.dropFirst())) }

    // MARK: verifications

    static func isCompleted(_ order: Order) -> Bool {
        !order.messages.isEmpty && (order.status.isOpen || order.status == .finished)
    }

    /// Until when a number may simply be had again; nil when it may not.
    static func reusableUntil(_ order: Order, _ world: Upstream.World) -> Timestamp? {
        guard isCompleted(order), world.textVerified.details[order.id]?.followed == nil,
            let first = order.messages.first
        else { return nil }
        return first.createdAt + world.textVerified.behaviour.reuse
    }

    static func canReactivate(_ order: Order, _ world: Upstream.World) -> Bool {
        isCompleted(order) && world.textVerified.details[order.id]?.followed == nil
            && world.now <= order.createdAt + world.seller.settings.reuseWithin
    }

    static func canCancel(_ order: Order, _ world: Upstream.World) -> Bool {
        order.status.isOpen && order.messages.isEmpty
            && world.now >= order.createdAt + world.seller.settings.earlyCancel
    }

    private static func state(_ order: Order, _ world: Upstream.World) -> String {
        switch order.status {
        case .pending, .received:
            return order.messages.isEmpty ? "verificationPending" : "verificationCompleted"
        case .finished: return world.textVerified.details[order.id]?.followed ?? "verificationCompleted"
        case .canceled: return "verificationCanceled"
        case .timeout: return "verificationTimedOut"
        case .banned:
            let decided = (order.closedAt ?? order.createdAt) + world.textVerified.behaviour.review
            return world.now < decided ? "verificationReported" : "verificationRefunded"
        }
    }

    static func compact(_ order: Order, _ world: Upstream.World, _ base: String) -> JSON {
        let here = base + "/verifications/" + id(order)
        let query = "?reservationId=\(id(order))&reservationType=verification"
        return [
            "createdAt": time(order.createdAt), "id": .string(id(order)), "link": link(here),
            "serviceName": .string(service(order, world)), "state": .string(state(order, world)),
            "totalCost": money(order.price), "number": number(order), "sms": link(base + "/sms" + query),
            "calls": link(base + "/calls" + query),
        ]
    }

    static func verification(_ order: Order, _ world: Upstream.World, _ base: String) -> JSON {
        var members = compact(order, world, base).objectValue ?? []
        members.removeAll { $0.name == "link" }
        let here = base + "/verifications/" + id(order)
        let until = reusableUntil(order, world)
        members += [
            .init("endsAt", time(order.expiresAt)),
            .init("sale", link(base + "/sales/" + OpaqueID.text("vs_", order.id, order.createdAt))),
            .init(
                "cancel", ["canCancel": .bool(canCancel(order, world)), "link": link(here + "/cancel", "POST")]),
            .init(
                "reactivate",
                ["canReactivate": .bool(canReactivate(order, world)), "link": link(here + "/reactivate", "POST")]),
            .init(
                "report",
                [
                    "canReport": .bool(order.status.isOpen && order.messages.isEmpty),
                    "link": link(here + "/report", "POST"),
                ]),
            .init(
                "reuse",
                [
                    "link": link(here + "/reuse", "POST"),
                    "reusableUntil": until.map { world.now < $0 ? time($0) : .null } ?? .null,
                ]),
        ]
        return .object(members)
    }

    static func service(_ order: Order, _ world: Upstream.World) -> String {
        world.textVerified.details[order.id]?.service ?? TextVerifiedNames.name(of: world.seller.product(of: order))
    }

    // MARK: messages and calls

    static func isCall(_ message: Message, _ order: Order) -> Bool {
        message.form == .call || message.form == .text && order.isVoice
    }

    static func message(_ message: Message, _ order: Order) -> JSON {
        let isSealed = message.form == .sealed
        return [
            "id": .string(OpaqueID.text("sm_", message.id, message.createdAt)),
            "from": message.sender.isEmpty ? .null : .string(message.sender), "to": number(order),
            "createdAt": time(message.createdAt), "smsContent": isSealed ? .null : .string(message.text),
            "parsedCode": isSealed ? .null : message.code.map { .string($0) } ?? .null, "encrypted": .bool(isSealed),
        ]
    }

    static func call(_ message: Message, _ order: Order, _ world: Upstream.World, _ host: String) -> JSON {
        let id = OpaqueID.text("ca_", message.id, message.createdAt)
        let isThere = message.createdAt + world.textVerified.behaviour.recording <= world.now
        let isNumber = message.sender.allSatisfy { $0.isNumber }
        return [
            "id": .string(id), "from": isNumber ? .string(message.sender) : .null, "to": number(order),
            "createdAt": time(message.createdAt),
            "recordingUri": isThere
                ? .string("\(host)/textverified/recordings/\(self.id(order))/\(id).wav") : .null,
        ]
    }
}
