import Bus
import Contracts
import Database
import JSON
import Kit
import Security

/// Takes in recordings of calls, part by part, sealed as they come. What is past its time already is not kept.
struct RecordingKeeper: Sendable {
    let database: Database

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var parts: [(message: KeepRecording, sealed: [UInt8])] = []
        for (index, delivery) in deliveries.enumerated() where delivery.type == KeepRecording.type {
            do throws(JSONFailure) {
                let message = try KeepRecording(json: delivery.body)
                guard let sealed = Base64.urlBytes(message.sealed), message.part < message.parts else {
                    throw JSONFailure(fields: [FieldProblem(field: "sealed", message: "is no part of a recording")])
                }
                parts.append((message, sealed))
            } catch {
                outcomes[index] = .park(reason: error.message)
            }
        }
        try await keep(parts)
        return outcomes
    }

    /// Takes parts in; those that are here already stay as they are.
    func keep(_ parts: [(message: KeepRecording, sealed: [UInt8])]) async throws {
        guard !parts.isEmpty else { return }
        // Sorted, so that two gateways that are told the same do not wait for each other in a circle.
        let parts = parts.sorted { ($0.message.callID, $0.message.part) < ($1.message.callID, $1.message.part) }
        try await database.execute(
            """
            INSERT INTO recording_parts (call_id, part, parts, size, audio_type, verification_id, sealed, keep_until)
            SELECT * FROM unnest(\(parts.map(\.message.callID)), \(parts.map(\.message.part)), \(parts.map(\.message.parts)),
                \(parts.map(\.message.size)), \(parts.map(\.message.audioType)), \(parts.map(\.message.verificationID)),
                \(parts.map(\.sealed)), \(parts.map(\.message.keepUntil)))
                AS n(call_id, part, parts, size, audio_type, verification_id, sealed, keep_until)
            WHERE n.keep_until > now()
            ON CONFLICT DO NOTHING
            """)
    }
}
