import Contracts
import JSON
import Kit

/// What is known so far of a verification that somebody watches.
package struct WatchedVerification: Hashable, Sendable {
    package var id: ID
    package var status: Open<VerificationStatus>
    package var phoneNumber: String?
    package var provider: String?
    package var price: Money
    package var expiresAt: Timestamp?
    package var cancelAfter: Timestamp?
    package var errorCode: String?
    package var errorMessage: String?
    package var code: String?
    package var text: String?
    /// What was taken for it in the end; nil while that is open.
    package var charged: Money?

    package init(_ body: VerificationBody) {
        id = body.verificationID
        status = body.status
        price = body.price
        update(body)
    }

    package mutating func update(_ body: VerificationBody) {
        status = body.status
        phoneNumber = body.phoneNumber ?? phoneNumber
        provider = body.provider
        price = body.price
        expiresAt = body.expiresAt
        cancelAfter = body.cancelAfter
        errorCode = body.errorCode
        errorMessage = body.errorMessage
    }

    /// Takes the first message that has a code; one without is remembered until then.
    package mutating func update(_ messages: [MessageBody]) {
        guard code == nil, let message = messages.first(where: { $0.code != nil }) ?? messages.last else { return }
        code = message.code
        text = message.text
    }

    /// Takes what the money's movements say, once they say that it is settled.
    package mutating func update(_ movements: [TransactionBody]) {
        func sum(_ kind: TransactionBody.Kind) -> Money? {
            let found = movements.filter { $0.verificationID == id && $0.kind == Open(kind) }
            return found.isEmpty ? nil : found.reduce(.zero) { $0 + $1.amount }
        }
        if let captured = sum(.capture) {
            charged = captured
        } else if sum(.release) != nil {
            charged = .zero
        }
    }

    package var isOver: Bool { status.known?.isFinal ?? false }

    /// The line of progress, which says what is being waited for and for how long still.
    package func progress(now: Timestamp, since start: Timestamp) -> String {
        let clock = Self.clock(now - start)
        if isOver { return "\(clock)  \(status.text)" }
        guard let phoneNumber else { return "\(clock)  waiting for a number" }
        var line = "\(clock)  \(phoneNumber)  waiting for the code"
        if text != nil { line = "\(clock)  \(phoneNumber)  a message without a code came; waiting on" }
        if let expiresAt, expiresAt > now { line += ", \(Self.clock(expiresAt - now)) left" }
        return line
    }

    /// What is told in the end.
    package var outcome: String {
        var lines = "number  \(phoneNumber ?? "-")\ncode    \(code ?? "-")\ncost    "
        if let charged {
            lines += "\(charged) \(Money.currency)"
        } else {
            lines += code == nil ? "-" : "\(price) \(Money.currency)"
        }
        return lines + "\n"
    }

    package var json: JSON {
        [
            "verification_id": .string(id.description), "status": .string(status.text),
            "phone_number": phoneNumber.map { .string($0) } ?? .null, "code": code.map { .string($0) } ?? .null,
            "text": text.map { .string($0) } ?? .null, "provider": provider.map { .string($0) } ?? .null,
            "price": JSON(of: price), "charged": charged.map { JSON(of: $0) } ?? .null,
            "error_code": errorCode.map { .string($0) } ?? .null,
        ]
    }

    /// Minutes and seconds: `4:08`.
    static func clock(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}
