import Contracts
import Database
import HTTPClient
import JSON
import Kit
import Security
import TestSupport
import Testing

@testable import GatewayApp

@Suite(
    "Calls and recordings over HTTP", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(2)))
struct VoiceRoutesTests {
    /// A customer, by id and key.
    private struct Customer {
        let id: ID
        let key: String
    }

    private static func customer(_ gateway: TestGateway) async throws -> Customer {
        let body: JSON = ["name": "Caller", "role": "user", "kind": "person", "api_key": true]
        let made = try await gateway.send(
            "POST", "/admin/users", headers: [("Content-Type", "application/json")], body: body.bytes)
        let json = try JSON(parsing: made.response.body)
        return Customer(
            id: try #require(json["id"]?.stringValue.flatMap { ID($0) }),
            key: try #require(json["api_key"]?["key"]?.stringValue))
    }

    private static func verification(
        _ gateway: TestGateway, of account: ID, status: String, capability: String = "voice"
    ) async throws -> ID {
        let id = ID.new()
        try await gateway.database.execute(
            """
            INSERT INTO verifications (id, account_id, version, status, service, country, capability, price, can_cancel,
                can_report, can_request_another, created_at, updated_at)
            VALUES (\(id), \(account), 5, \(status), 'telegram', 'usa', \(capability), 1000000, false, false, false, now(), now())
            """)
        return id
    }

    /// A call with its recording, as facts and parts would have brought them.
    private static func call(
        _ gateway: TestGateway, of verification: ID, account: ID, code: String?, at: Timestamp, audio: [UInt8],
        without missing: Int? = nil
    ) async throws -> ID {
        let id = ID.new()
        let content = CallContent(from: "18005550100", transcription: code.map { "It is \($0)." }, code: code)
        let sealed = SealedBox(TestGateway.personalDataKeys, purpose: "verification.call")
            .sealForJSON(String(decoding: content.json, as: UTF8.self), in: id)
        try await gateway.database.execute(
            """
            INSERT INTO calls (id, verification_id, version, sealed, status, has_code, received_at, duration_seconds,
                audio_type, audio_size)
            VALUES (\(id), \(verification), 5, \(sealed), \(code == nil ? "recorded" : "transcribed"), \(code != nil), \(at),
                14, 'audio/wav', \(audio.count))
            """)
        let box = SealedBox(TestGateway.personalDataKeys, purpose: "verification.recording")
        let size = KeepRecording.partSize
        let count = (audio.count + size - 1) / size
        var parts: [(message: KeepRecording, sealed: [UInt8])] = []
        for part in 0..<count where part != missing {
            var message = KeepRecording()
            message.callID = id
            message.verificationID = verification
            message.accountID = account
            message.part = part
            message.parts = count
            message.size = audio.count
            message.audioType = "audio/wav"
            message.keepUntil = .now + .seconds(3600)
            let bytes = audio[part * size..<min((part + 1) * size, audio.count)]
            parts.append((message, box.seal(bytes, in: KeepRecording.context(id, part: part))))
        }
        let keeper = RecordingKeeper(database: gateway.database)
        try await keeper.keep(parts.reversed())
        // What comes again changes nothing.
        try await keeper.keep(parts)
        return id
    }

    private static let audio = (0..<(2 * KeepRecording.partSize + 1234)).map { UInt8(truncatingIfNeeded: $0 / 7) }

    @Test("to a number for messages no call is waited for")
    func messagesOnly() async throws {
        try await TestGateway.with { gateway in
            let customer = try await Self.customer(gateway)
            let id = try await Self.verification(gateway, of: customer.id, status: "waiting_sms", capability: "sms")
            let begun = ContinuousClock.now
            let answer = try await gateway.send("GET", "/verify/\(id)/voice?wait=60", key: customer.key)
            #expect(begun.duration(to: .now) < .seconds(30))
            #expect(try VoiceBody(json: answer.response.body).status == Open(.none))
        }
    }

    @Test("a call is told with its transcription, its code and where it can be heard; before one, that none has come")
    func told() async throws {
        try await TestGateway.with { gateway in
            let customer = try await Self.customer(gateway)
            let waiting = try await Self.verification(gateway, of: customer.id, status: "waiting_sms")
            let before = try await gateway.send("GET", "/verify/\(waiting)/voice", key: customer.key)
            let none = try VoiceBody(json: before.response.body)
            #expect(before.status == 200 && none.status == Open(.waiting) && none.callID == nil && none.audioURL == nil)
            let expired = try await Self.verification(gateway, of: customer.id, status: "expired")
            let over = try await gateway.send("GET", "/verify/\(expired)/voice?wait=30", key: customer.key)
            #expect(try VoiceBody(json: over.response.body).status == Open(.none))

            let id = try await Self.verification(gateway, of: customer.id, status: "completed")
            let call = try await Self.call(
                gateway, of: id, account: customer.id, code: "4821", at: .now - .seconds(60), audio: Self.audio)
            // A later one without a code does not hide it.
            _ = try await Self.call(
                gateway, of: id, account: customer.id, code: nil, at: .now, audio: [1, 2, 3])
            for prefix in ["/verify", "/api/verification", "/v1/verifications"] {
                let answer = try await gateway.send("GET", "\(prefix)/\(id)/voice?wait=5", key: customer.key)
                let body = try VoiceBody(json: answer.response.body)
                #expect(body.callID == call && body.from == "18005550100" && body.status == Open(.transcribed))
                #expect(body.transcription == "It is 4821." && body.code == "4821" && body.durationSeconds == 14)
                #expect(body.audioURL == "/verify/\(id)/voice/audio?call_id=\(call)")
            }
        }
    }

    @Test("a recording is served whole and by ranges, to its owner alone, as what it is and not to be kept")
    func audio() async throws {
        try await TestGateway.with { gateway in
            let (owner, other) = (try await Self.customer(gateway), try await Self.customer(gateway))
            let id = try await Self.verification(gateway, of: owner.id, status: "completed")
            let call = try await Self.call(
                gateway, of: id, account: owner.id, code: "4821", at: .now, audio: Self.audio)
            let path = "/verify/\(id)/voice/audio?call_id=\(call)"
            func get(_ range: String? = nil, as key: String?) async throws -> ClientResponse {
                let proof: [(name: String, value: String)] = key.map { [("X-API-Key", $0)] } ?? []
                let ask: [(name: String, value: String)] = range.map { [("Range", $0)] } ?? []
                return try await gateway.client.send(
                    ClientRequest(.get, gateway.url + path, headers: proof + ask, deadline: .seconds(60)))
            }
            let whole = try await get(as: owner.key)
            #expect(whole.status == 200 && whole.body == Self.audio)
            #expect(whole.header("Content-Type") == "audio/wav" && whole.header("Accept-Ranges") == "bytes")
            #expect(whole.header("Content-Length") == "\(Self.audio.count)")
            #expect(whole.header("Cache-Control") == "private, no-store")
            #expect(whole.header("X-Content-Type-Options") == "nosniff")
            let size = KeepRecording.partSize
            for range in [0..<1, 0..<size, size - 1..<size + 1, size..<2 * size, 5..<Self.audio.count] {
                let part = try await get("bytes=\(range.lowerBound)-\(range.upperBound - 1)", as: owner.key)
                #expect(part.status == 206 && part.body == Array(Self.audio[range]), "\(range)")
                #expect(
                    part.header("Content-Range")
                        == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(Self.audio.count)")
            }
            #expect(try await get("bytes=-10", as: owner.key).body == Array(Self.audio.suffix(10)))
            #expect(try await get("bytes=\(Self.audio.count)-", as: owner.key).body == Self.audio)
            #expect(try await get(as: other.key).status == 404)
            #expect(try await get(as: nil).status == 401)
            #expect(
                try await gateway.send("GET", "/verify/\(id)/voice/audio?call_id=\(ID.new())", key: owner.key).status
                    == 404)
            // Another call of another verification is not reached through this one.
            let second = try await Self.verification(gateway, of: owner.id, status: "completed")
            #expect(
                try await gateway.send("GET", "/verify/\(second)/voice/audio?call_id=\(call)", key: owner.key).status
                    == 404)
        }
    }

    @Test("what is not here whole, or not any more, is not offered and not served")
    func missing() async throws {
        try await TestGateway.with { gateway in
            let owner = try await Self.customer(gateway)
            let id = try await Self.verification(gateway, of: owner.id, status: "completed")
            let call = try await Self.call(
                gateway, of: id, account: owner.id, code: "4821", at: .now, audio: Self.audio, without: 1)
            func url() async throws -> String? {
                let answer = try await gateway.send("GET", "/verify/\(id)/voice", key: owner.key)
                return try VoiceBody(json: answer.response.body).audioURL
            }
            #expect(try await url() == nil)
            #expect(try await gateway.send("GET", "/verify/\(id)/voice/audio", key: owner.key).status == 404)
            try await gateway.database.execute("DELETE FROM recording_parts")
            try await gateway.database.execute("DELETE FROM calls WHERE id = \(call)")
            _ = try await Self.call(gateway, of: id, account: owner.id, code: "4821", at: .now, audio: Self.audio)
            #expect(try await url() != nil)
            try await gateway.database.execute("UPDATE recording_parts SET keep_until = now() - interval '1 second'")
            #expect(try await url() == nil)
            #expect(try await gateway.send("GET", "/verify/\(id)/voice/audio", key: owner.key).status == 404)
        }
    }
}
