import Contracts
import JSON
import Kit

/// What Billing is asked to do, read and checked.
package enum Command: Hashable, Sendable {
    case place(PlaceHold)
    case post(ResolveHold)
    case void(ResolveHold)
    case settle([ProviderSettlement])
    case topUp(TopUp)

    /// Every AMQP type that Billing takes.
    package static let types = [
        PlaceHold.type, ResolveHold.Kind.post.rawValue, ResolveHold.Kind.void.rawValue, SettleProvider.type, TopUp.type,
    ]

    /// Reads a message. What is wrong with it is wrong for ever: the message is to be parked with the reason.
    package init(type: String, body: [UInt8]) throws(MalformedCommand) {
        do {
            switch type {
            case PlaceHold.type:
                let message = try PlaceHold(json: body)
                try Self.check(message.amount, "amount", atLeast: 1)
                self = .place(message)
            case ResolveHold.Kind.post.rawValue, ResolveHold.Kind.void.rawValue:
                let message = try ResolveHold(json: body)
                try Self.check(message.amount, "amount", atLeast: 0)
                try Self.check(message.settlements)
                self = type == ResolveHold.Kind.post.rawValue ? .post(message) : .void(message)
            case SettleProvider.type:
                let message = try SettleProvider(json: body)
                try Self.check(message.settlements)
                self = .settle(message.settlements)
            case TopUp.type:
                let message = try TopUp(json: body)
                try Self.check(message.amount, "amount", atLeast: 1)
                if let reference = message.reference, reference.utf8.count > 1000 {
                    throw MalformedCommand("reference: must have at most 1000 bytes")
                }
                self = .topUp(message)
            default:
                throw MalformedCommand("the type \(type.prefix(100)) is not one that billing takes")
            }
        } catch let error as JSONFailure {
            throw MalformedCommand(error.message)
        } catch let error as MalformedCommand {
            throw error
        } catch {
            throw MalformedCommand("\(error)")
        }
    }

    /// The customer's account it concerns; settlements concern none.
    package var accountID: ID? {
        switch self {
        case .place(let message): message.accountID
        case .post(let message), .void(let message): message.accountID
        case .topUp(let message): message.accountID
        case .settle: nil
        }
    }

    /// The hold or top-up it concerns; settlements concern none.
    package var transferID: ID? {
        switch self {
        case .place(let message): message.holdID
        case .post(let message), .void(let message): message.holdID
        case .topUp(let message): message.transferID
        case .settle: nil
        }
    }

    /// Whether an account that does not exist yet is opened for it. A resolution opens none: there is nothing to resolve.
    package var opensAccount: Bool {
        switch self {
        case .place, .topUp: true
        case .post, .void, .settle: false
        }
    }

    private static func check(_ settlements: [ProviderSettlement]) throws(MalformedCommand) {
        for (index, settlement) in settlements.enumerated() {
            try check(settlement.amount, "settlements.\(index).amount", atLeast: 0)
            guard settlement.kind.known != nil else {
                throw MalformedCommand("settlements.\(index).kind: \(settlement.kind.text) is not known here")
            }
            guard isSlug(settlement.provider) else {
                throw MalformedCommand(
                    "settlements.\(index).provider: must be 1 to 64 lower-case letters, digits, - or _")
            }
            guard (1...200).contains(settlement.reference.utf8.count) else {
                throw MalformedCommand("settlements.\(index).reference: must have 1 to 200 bytes")
            }
        }
    }

    private static func check(_ amount: Money, _ field: String, atLeast minimum: Int64) throws(MalformedCommand) {
        guard amount.micro >= minimum, amount <= Chart.largestAmount else {
            let least = minimum > 0 ? "above 0" : "0 or more"
            throw MalformedCommand("\(field): must be \(least) and at most \(Chart.largestAmount), not \(amount)")
        }
    }

    private static func isSlug(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
            }
    }
}

/// A message that no repetition makes readable.
package struct MalformedCommand: Error, Hashable, Sendable {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}
