import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// Calls: what was said in them, and their recordings. Both come out of the read model; a provider, and the token we have
/// there, is never near.
extension VerificationRoutes {
    /// A call of the read model, and whether its recording is here.
    struct CallRow: Row {
        let call: ReceivedCall
        let isAudible: Bool

        static let columns: SQL = """
            c.id, c.sealed, c.status, c.has_code, c.received_at, c.duration_seconds::bigint, c.audio_type, c.audio_size,
            EXISTS (SELECT FROM recording_parts r WHERE r.call_id = c.id AND r.keep_until > now()
                HAVING count(*) > 0 AND count(*) = min(r.parts))
            """

        init(_ columns: inout Columns) throws(DatabaseError) {
            var call = ReceivedCall()
            call.id = try columns.next()
            call.sealed = try columns.next()
            let status: String = try columns.next()
            call.status = CallStatus(rawValue: status).map { .known($0) } ?? .unknown(status)
            call.hasCode = try columns.next()
            call.receivedAt = try columns.next()
            call.durationSeconds = try columns.next()
            call.audioType = try columns.next()
            call.audioSize = try columns.next()
            self.call = call
            isAudible = try columns.next()
        }

        /// Whether more may come to be known of it.
        var isSettled: Bool {
            call.hasCode || call.status == Open(.transcribed) || call.status == Open(.failed)
        }
    }

    func voice(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["wait"])
        let wait = try query.integer("wait", in: 0...60) ?? 0
        let view = try await view(request)
        // To a number that was ordered for messages nobody calls.
        guard view.capability != Open(.sms) else {
            var body = VoiceBody()
            body.status = Open(.none)
            return .json(200, body)
        }
        let isOver = view.status.known?.isFinal ?? false
        let found = try await hub.wait(for: view.id, until: .now + .seconds(isOver ? 0 : wait)) {
            let row = try await self.call(of: view.id)
            if let row, row.isSettled { return row as CallRow? }
            return try await self.view(request).status.known?.isFinal ?? false ? row : nil
        }
        let row: CallRow?
        if let found { row = found } else { row = try await call(of: view.id) }
        guard let row else {
            var body = VoiceBody()
            body.status = Open(try await self.view(request).status.known?.isFinal ?? false ? .none : .waiting)
            return .json(200, body)
        }
        return .json(200, try row.call.body(personalData, of: view.id, isAudible: row.isAudible))
    }

    /// The call with the code, or else the latest; or one of them by its id.
    private func call(of verification: ID, id: ID? = nil) async throws -> CallRow? {
        let which: SQL = id.map { "AND c.id = \($0)" } ?? ""
        return try await database.first(
            CallRow.self,
            """
            SELECT \(CallRow.columns) FROM calls c WHERE c.verification_id = \(verification) \(which)
            ORDER BY c.has_code DESC, c.received_at DESC, c.id DESC LIMIT 1
            """)
    }

    private struct PartRow: Row {
        let number: Int
        let sealed: [UInt8]
        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            sealed = try columns.next()
        }
    }

    /// The recording, or the range of it that is asked for. Only the parts are read and opened that it touches.
    func audio(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["call_id"])
        let id = try query.id("call_id")
        let view = try await view(request)
        guard let row = try await call(of: view.id, id: id) else {
            throw Problem(.notFound, "No such call has come.")
        }
        guard row.isAudible, let size = row.call.audioSize, size > 0 else {
            throw Problem(.notFound, "There is no recording of this call, not yet or no more.")
        }
        let asked = ByteRange.parse(request.headers["Range"], size: size)
        let range = asked ?? 0..<size
        let first = range.lowerBound / KeepRecording.partSize
        let last = (range.upperBound - 1) / KeepRecording.partSize
        let parts = try await database.rows(
            PartRow.self,
            """
            SELECT part::bigint, sealed FROM recording_parts WHERE call_id = \(row.call.id)
                AND part BETWEEN \(first) AND \(last) AND keep_until > now() ORDER BY part
            """)
        // They may have been forgotten between the two looks.
        guard parts.map(\.number) == Array(first...last) else {
            throw Problem(.notFound, "There is no recording of this call any more.")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.count * KeepRecording.partSize)
        for part in parts { bytes += try personalData.recording(part.sealed, part: part.number, of: row.call.id) }
        let start = range.lowerBound - first * KeepRecording.partSize
        guard bytes.count >= start + range.count else {
            throw Problem(.internalError, "The recording is not whole.")
        }
        let response = HTTPResponse(
            asked == nil ? 200 : 206,
            headers: [
                "Content-Type": row.call.audioType ?? "application/octet-stream", "Accept-Ranges": "bytes",
                "Cache-Control": "private, no-store",
                "Content-Disposition": "inline; filename=\"call-\(row.call.id)\"",
            ], body: Array(bytes[start..<start + range.count]))
        guard asked != nil else { return response }
        return response.with("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
    }
}

extension ReceivedCall {
    /// What the owner of the verification is told of it.
    func body(_ personalData: PersonalData, of verification: ID, isAudible: Bool) throws -> VoiceBody {
        let content = try personalData.call(sealed, id: id)
        var body = VoiceBody()
        body.callID = id
        body.from = content.from
        body.status = VoiceBody.Status(rawValue: status.text).map { .known($0) } ?? .unknown(status.text)
        body.receivedAt = receivedAt
        body.durationSeconds = durationSeconds
        body.audioURL = isAudible ? "/verify/\(verification)/voice/audio?call_id=\(id)" : nil
        body.transcription = content.transcription
        body.code = content.code
        return body
    }
}
