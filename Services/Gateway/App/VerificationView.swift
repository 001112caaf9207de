import Contracts
import Database
import JSON
import Kit

/// A row of the read model.
struct VerificationView: Row, Sendable {
    let id: ID
    let accountID: ID
    let version: Int
    let status: Open<VerificationStatus>
    let service: String
    let country: String
    let capability: Open<Capability>
    let `operator`: String?
    let provider: String?
    let requestID: String?
    let price: Money
    let phoneSealed: String?
    let expiresAt: Timestamp?
    let cancelAfter: Timestamp?
    let canCancel: Bool
    let canReport: Bool
    let canRequestAnother: Bool
    let errorCode: String?
    let errorMessage: String?
    let metadata: JSON?
    let createdAt: Timestamp
    let updatedAt: Timestamp

    static let columns: SQL = """
        v.id, v.account_id, v.version::bigint, v.status, v.service, v.country, v.capability, v.operator, v.provider,
        v.request_id, v.price, v.phone_sealed, v.expires_at, v.cancel_after, v.can_cancel, v.can_report,
        v.can_request_another, v.error_code, v.error_message, v.metadata, v.created_at, v.updated_at
        """

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        accountID = try columns.next()
        version = try columns.next()
        let status: String = try columns.next()
        self.status = VerificationStatus(rawValue: status).map { .known($0) } ?? .unknown(status)
        service = try columns.next()
        country = try columns.next()
        let capability: String = try columns.next()
        self.capability = Capability(rawValue: capability).map { .known($0) } ?? .unknown(capability)
        self.operator = try columns.next()
        provider = try columns.next()
        requestID = try columns.next()
        price = try columns.next()
        phoneSealed = try columns.next()
        expiresAt = try columns.next()
        cancelAfter = try columns.next()
        canCancel = try columns.next()
        canReport = try columns.next()
        canRequestAnother = try columns.next()
        errorCode = try columns.next()
        errorMessage = try columns.next()
        metadata = try columns.next()
        createdAt = try columns.next()
        updatedAt = try columns.next()
    }

    /// What its owner sees.
    func body(_ personalData: PersonalData, now: Timestamp = .now) throws -> VerificationBody {
        var body = VerificationBody()
        body.verificationID = id
        body.status = status
        body.phoneNumber = try phoneSealed.map { try personalData.phone($0, of: id) }
        body.service = service
        body.country = country
        body.capability = capability
        body.operator = self.operator
        body.provider = provider
        body.price = price
        body.expiresAt = expiresAt
        body.cancelAfter = cancelAfter
        body.canCancel = canCancel && now >= (cancelAfter ?? now)
        body.canReport = canReport
        body.canRequestAnother = canRequestAnother && now < (expiresAt ?? now)
        body.requestID = requestID
        body.errorCode = errorCode
        body.errorMessage = errorMessage
        body.metadata = metadata
        body.createdAt = createdAt
        body.updatedAt = updatedAt
        return body
    }
}

extension VerificationFact {
    /// What the owner is told of a fact.
    func body(_ personalData: PersonalData) throws -> VerificationBody {
        var body = VerificationBody()
        body.verificationID = verificationID
        body.status = status
        body.phoneNumber = try phoneSealed.map { try personalData.phone($0, of: verificationID) }
        body.service = service
        body.country = country
        body.capability = capability
        body.operator = self.operator
        body.provider = provider
        body.price = price
        body.expiresAt = expiresAt
        body.cancelAfter = cancelAfter
        body.canCancel = canCancel
        body.canReport = canReport
        body.canRequestAnother = canRequestAnother
        body.requestID = requestID
        body.errorCode = errorCode
        body.errorMessage = errorMessage
        body.metadata = metadata
        body.createdAt = createdAt
        body.updatedAt = updatedAt
        return body
    }
}
