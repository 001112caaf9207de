import Bus
import Contracts
import Database
import JSON
import Kit
import Security
import VerificationCore

/// Recordings of calls: kept here sealed, in parts, for as long as the settings say, and passed on to the gateway, which
/// serves them to who ordered the number without ever asking us.
///
/// Parts are not written to the outbox: the rows here are as lasting as its, and are only marked as passed when the broker
/// has confirmed them all. So a recording is written to this database once, and at most one of a worker's is in memory.
struct Recordings: Sendable {
    let database: Database
    let publisher: Publisher
    let personalData: PersonalData
    /// How long they are kept.
    let retention: Duration

    private static let patience = Duration.seconds(5)

    /// Keeps a recording, in place of what is kept of it.
    func keep(_ bytes: [UInt8], of call: ID) async throws {
        let parts = stride(from: 0, to: bytes.count, by: KeepRecording.partSize).enumerated().map { number, start in
            personalData.seal(
                bytes[start..<min(start + KeepRecording.partSize, bytes.count)], part: number, of: call)
        }
        try await database.transaction { transaction in
            try await transaction.pipeline([
                "DELETE FROM recording_parts WHERE call_id = \(call)",
                """
                INSERT INTO recording_parts (call_id, part, sealed)
                SELECT \(call), number - 1, sealed FROM unnest(\(parts)) WITH ORDINALITY AS p(sealed, number)
                """,
                """
                UPDATE calls SET is_passed = false,
                    keep_until = coalesce(keep_until, now() + make_interval(secs => \(retention.inSeconds)))
                WHERE id = \(call)
                """,
            ])
        }
    }

    /// What is kept; nil when nothing is.
    func bytes(of call: ID) async throws -> [UInt8]? {
        let parts = try await database.values(
            [UInt8].self, "SELECT sealed FROM recording_parts WHERE call_id = \(call) ORDER BY part")
        guard !parts.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for (number, part) in parts.enumerated() {
            bytes += try personalData.recording(part, part: number, of: call)
        }
        return bytes
    }

    private struct Part: Row {
        let number: Int
        let parts: Int
        let sealed: [UInt8]
        let keepUntil: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            parts = try columns.next()
            sealed = try columns.next()
            keepUntil = try columns.next()
        }
    }

    /// Passes what is kept on to the gateway; true when it is there. One part after the other, so that what else is to be
    /// told does not wait behind a whole recording.
    func pass(_ audio: Call.Audio, of call: ID, order: ID, account: ID) async throws -> Bool {
        guard publisher.isConnected, !publisher.isBlocked else { return false }
        var number = 0
        while true {
            let found = try await database.first(
                Part.self,
                """
                SELECT p.part::bigint, (SELECT count(*) FROM recording_parts a WHERE a.call_id = p.call_id), p.sealed,
                    c.keep_until
                FROM recording_parts p JOIN calls c ON c.id = p.call_id AND c.keep_until IS NOT NULL
                WHERE p.call_id = \(call) AND p.part = \(number)
                """)
            // It was forgotten meanwhile.
            guard let part = found else { return true }
            var message = KeepRecording()
            message.callID = call
            message.verificationID = order
            message.accountID = account
            message.part = part.number
            message.parts = part.parts
            message.size = audio.size
            message.audioType = audio.type
            message.sealed = Base64.urlText(part.sealed)
            message.keepUntil = part.keepUntil
            let outcomes = await publisher.publish(
                [
                    OutgoingMessage(
                        exchange: KeepRecording.channel.rawValue, routingKey: KeepRecording.type,
                        type: KeepRecording.type, body: message.json, correlationID: order.description,
                        aggregate: order, tenant: account)
                ], within: Self.patience)
            guard outcomes == [.confirmed] else { return false }
            number += 1
            if number == part.parts { break }
        }
        try await database.execute("UPDATE calls SET is_passed = true WHERE id = \(call)")
        return true
    }

    /// Forgets those whose time is over, a few at a time. True when there may be more.
    func forgetOld() async throws -> Bool {
        try await database.transaction { transaction in
            let old = try await transaction.values(
                ID.self,
                "SELECT id FROM calls WHERE keep_until < now() ORDER BY keep_until LIMIT 50 FOR UPDATE SKIP LOCKED")
            guard !old.isEmpty else { return false }
            try await transaction.pipeline([
                "DELETE FROM recording_parts WHERE call_id = ANY(\(old))",
                "UPDATE calls SET keep_until = NULL WHERE id = ANY(\(old))",
            ])
            return old.count == 50
        }
    }
}
