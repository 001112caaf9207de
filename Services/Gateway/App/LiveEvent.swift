import Contracts
import Database
import JSON
import Kit

/// Something a client is told. Holds personal data only sealed; it is opened for the one who reads.
struct LiveEvent: Sendable, JSONRecord, Row {
    var id = ID.zero
    var accountID = ID.zero
    var type = ""
    /// The fact as it came over the bus.
    var fact = JSON.null
    var at = Timestamp(microseconds: 0)
    /// Its place in the stream of its account, from 1; 0 until it is stored. There may be places without an event.
    var place: Int64 = 0

    init() {}

    init(id: ID, accountID: ID, type: String, fact: JSON, at: Timestamp) {
        self.id = id
        self.accountID = accountID
        self.type = type
        self.fact = fact
        self.at = at
    }

    static let columns: SQL = "id, account_id, type, fact, at, place"

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        accountID = try columns.next()
        type = try columns.next()
        fact = try columns.next()
        at = try columns.next()
        place = try columns.next()
    }

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("account_id", &accountID)
        fields.required("type", &type)
        fields.required("fact", &fact)
        fields.required("at", &at)
        fields.required("place", &place)
    }

    /// The verification it is about, if any.
    var verificationID: ID? {
        (fact["verification_id"] ?? fact["order_id"])?.stringValue.flatMap { ID($0) }
    }

    /// What the client reads.
    func body(_ personalData: PersonalData) throws -> EventBody {
        var body = EventBody()
        body.id = id
        body.type = type
        body.occurredAt = at
        if VerificationFact.Kind(rawValue: type) != nil {
            let fact = try VerificationFact(self.fact)
            body.verification = try fact.body(personalData)
            if !fact.messages.isEmpty {
                body.messages = try fact.messages.map {
                    try personalData.message($0.sealed, id: $0.id, receivedAt: $0.receivedAt)
                }
            }
            if let calls = fact.calls {
                body.calls = try calls.map {
                    try $0.body(personalData, of: fact.verificationID, isAudible: $0.audioSize != nil)
                }
            }
        } else if LedgerFact.Kind(rawValue: type) != nil {
            let fact = try LedgerFact(self.fact)
            body.balance = BalanceBody(available: fact.balance.available, held: fact.balance.held)
        }
        return body
    }
}
