import Choosing
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// A row of `orders`, in the order of `OrderQueries.columns`.
struct OrderRow: Row {
    let order: Order

    init(_ columns: inout Columns) throws(DatabaseError) {
        let id: ID = try columns.next()
        let accountID: ID = try columns.next()
        let origin: String = try columns.next()
        let requestID: String? = try columns.next()
        let service: String = try columns.next()
        let country: String = try columns.next()
        let capability: String = try columns.next()
        let operatorName: String? = try columns.next()
        let areaCode: String? = try columns.next()
        let pinnedProvider: String? = try columns.next()
        let price: Money = try columns.next()
        let ceiling: Money? = try columns.next()
        let metadata: JSON? = try columns.next()
        let createdAt: Timestamp = try columns.next()
        let traceparent: String? = try columns.next()
        let state: String = try columns.next()
        let version: Int = try columns.next()
        let updatedAt: Timestamp = try columns.next()
        let holdID: ID = try columns.next()
        var order = Order(
            id: id, accountID: accountID, origin: try Self.word(origin), requestID: requestID, service: service,
            country: country, capability: try Self.word(capability), operator: operatorName, areaCode: areaCode,
            pinnedProvider: pinnedProvider, price: price, ceiling: ceiling, metadata: metadata, createdAt: createdAt,
            traceparent: traceparent, holdID: holdID)
        order.state = try Self.word(state)
        order.version = version
        order.updatedAt = updatedAt
        order.acceptedAt = try columns.next()
        order.holdState = try Self.word(try columns.next())
        order.attempts = try columns.next()
        order.hasOpenIntent = try columns.next()
        order.retryAt = try columns.next()
        let cancelMode: String? = try columns.next()
        if let cancelMode { order.cancelMode = try Self.word(cancelMode) as Order.CancelMode }
        order.provider = try columns.next()
        order.reference = try columns.next()
        order.assignedOperator = try columns.next()
        order.cost = try columns.next()
        order.phoneSealed = try columns.next()
        order.assignedAt = try columns.next()
        order.expiresAt = try columns.next()
        order.cancelAfter = try columns.next()
        order.receivedAt = try columns.next()
        order.keepsOpen = try columns.next()
        order.finishesNow = try columns.next()
        order.messageCount = try columns.next()
        order.stepCount = try columns.next()
        order.toldStepCount = try columns.next()
        let errorCode: String? = try columns.next()
        order.errorCode = errorCode.flatMap { ErrorCode(rawValue: $0) }
        order.errorMessage = try columns.next()
        order.tried = Self.tried(try columns.next())
        order.calls = CallTally(mark: try columns.next(), open: try columns.next())
        self.order = order
    }

    /// As the table has it: `provider operator;provider operator`; nil for nothing.
    static func tried(_ order: Order) -> String? {
        order.tried.isEmpty ? nil : order.tried.map { "\($0.provider) \($0.operator)" }.joined(separator: ";")
    }

    private static func tried(_ text: String?) -> [OfferName] {
        (text ?? "").split(separator: ";").compactMap { name in
            let parts = name.split(separator: " ", maxSplits: 1)
            return parts.count == 2 ? OfferName(provider: String(parts[0]), operator: String(parts[1])) : nil
        }
    }

    /// The words are check constraints of the table, so that an unknown one means an older program on a newer schema.
    private static func word<Word: RawRepresentable<String>>(_ text: String) throws(DatabaseError) -> Word {
        guard let word = Word(rawValue: text) else {
            throw DatabaseError(.decoding, "orders holds a word this program does not know")
        }
        return word
    }
}
