import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Providers
import Runtime
import TestSupport
import Testing
import VerificationCore

@testable import VerificationApp

/// From a call at the provider to the code in the order, without the other services.
@Suite(
    "Calls, from the provider to the order", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(3)))
struct VoiceTests {
    private static let said = "Hello. Your Telegram code is four, eight, two, one. Again: four, eight, two, one."

    @Test("what is said in a call is written down, its code taken, and the recording kept as it was")
    func wholeWay() async throws {
        let transcriber = TestTranscriber([TestTranscriber.says(Self.said)])
        try await VoiceHarness.with(transcriber) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await voice.reaches("completed", order))
            let calls = try await voice.calls(of: order)
            let call = try #require(calls.first)
            #expect(calls.count == 1 && call.hasCode && call.isRead && !call.isOpen && call.status == .transcribed)
            let content = try voice.personalData.callContent(call.sealed, of: call.id)
            #expect(content == CallContent(from: "18005550100", transcription: Self.said, code: "4821"))
            let audio = try #require(call.audio)
            #expect(audio.type == "audio/wav" && (call.seconds ?? 0) > 0)
            let told = try #require(try await voice.adapter.check(order.reference ?? "").calls.first)
            let original = try await voice.adapter.recording(of: told)
            #expect(
                try await voice.recordings.bytes(of: call.id) == original.bytes && audio.size == original.bytes.count)
            let state = try await voice.state(of: order)
            #expect(state.holdState == "posting" && state.calls == CallTally(mark: 2, open: 0))
            #expect(
                try await voice.steps(of: order) == ["call_received", "call_recorded", "code_received", "finished"])

            let request = try #require(transcriber.requests.first)
            #expect(transcriber.requests.count == 1 && request.headers["Authorization"] == "Bearer a key")
            #expect(request.mediaType == "multipart/form-data")
            let body = String(decoding: request.body.prefix(2000), as: UTF8.self)
            #expect(body.contains("name=\"model\"\r\n\r\nsmall\r\n") && body.contains("filename=\"call.wav\""))
            // Nothing of it stands in clear anywhere.
            let clear = try await voice.database.value(
                Int64.self,
                """
                SELECT count(*) FROM calls WHERE sealed LIKE '%4821%' OR place_sealed LIKE '%recordings%'
                    OR sealed LIKE '%18005550100%'
                """)
            #expect(clear == 0)
        }
    }

    @Test("where nobody listens, the recording completes the order, and there is no transcription")
    func withoutTranscriber() async throws {
        try await VoiceHarness.with(nil) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await voice.reaches("completed", order))
            // What cannot be read is read again.
            #expect(await eventually { (try? await voice.calls(of: order))?.first?.isOpen == false })
            let call = try #require(try await voice.calls(of: order).first)
            #expect(call.status == .recorded && !call.hasCode && call.audio != nil)
            let content = try voice.personalData.callContent(call.sealed, of: call.id)
            #expect(content == CallContent(from: "18005550100", transcription: nil, code: nil))
            #expect(try await voice.state(of: order).holdState == "posting")
        }
    }

    @Test("a transcriber that is busy is asked again, and the order waits although the provider has finished it")
    func busy() async throws {
        let transcriber = TestTranscriber([
            HTTPResponse(503), .json(200, bytes: Array("not json".utf8)), TestTranscriber.says(Self.said),
        ])
        try await VoiceHarness.with(transcriber) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await eventually { transcriber.requests.count >= 2 })
            #expect(try await voice.state(of: order).state == "waiting")
            #expect(await voice.reaches("completed", order))
            #expect(transcriber.requests.count == 3)
        }
    }

    @Test("a recording without a code is delivered, costs the customer nothing, and is not listened to again")
    func withoutCode() async throws {
        let transcriber = TestTranscriber([TestTranscriber.says("Hello, this is your bank. Please call us back.")])
        try await VoiceHarness.with(transcriber) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, "whatever")
            #expect(await voice.reaches("expired", order))
            let call = try #require(try await voice.calls(of: order).first)
            #expect(call.status == .transcribed && !call.hasCode && call.audio != nil)
            #expect(try await voice.state(of: order).holdState == "voiding")
            #expect(transcriber.requests.count == 1)
        }
    }

    @Test("a recording that comes later than its call is fetched when it is there")
    func lateRecording() async throws {
        let transcriber = TestTranscriber([TestTranscriber.says(Self.said)])
        try await VoiceHarness.with(transcriber) { voice in
            try await voice.control(.put, "/behaviour", ["recording_ms": 60_000])
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await eventually { (try? await voice.state(of: order))?.calls == CallTally(mark: 1, open: 1) })
            #expect(transcriber.requests.isEmpty)
            try await voice.control(.put, "/behaviour", ["recording_ms": 0])
            #expect(await voice.reaches("completed", order))
            #expect(try await voice.calls(of: order).count == 1)
        }
    }

    @Test("a message on a number that takes calls too completes it as ever")
    func message() async throws {
        try await VoiceHarness.with(TestTranscriber([HTTPResponse(500)])) { voice in
            let order = try await voice.waiting(.sms)
            try await voice.control(.post, "/orders/\(order.reference ?? "")/sms", ["text": "Telegram code 48291"])
            #expect(await voice.reaches("completed", order))
            #expect(try await voice.calls(of: order).isEmpty)
        }
    }

    @Test("a provider's notice has the order asked about at once, one about nothing is only counted")
    func hint() async throws {
        // By itself nothing would be asked for a minute.
        let slow = PollSchedule(base: .seconds(60), doubling: .seconds(600), longest: .seconds(60))
        try await VoiceHarness.with(nil, schedule: slow) { voice in
            let order = try await voice.waiting(.sms)
            try await voice.control(.post, "/orders/\(order.reference ?? "")/sms", ["text": "Telegram code 48291"])
            let hints = HintDesk(minder: voice.minder, metrics: voice.metrics)
            let reference = order.reference ?? ""
            let found = try await voice.database.transaction { transaction in
                try await HintDesk.find(
                    [
                        VerificationHint(provider: "textverified", reference: reference, eventID: "a"),
                        VerificationHint(provider: "textverified", reference: reference, eventID: "b"),
                        VerificationHint(provider: "textverified", reference: "lr_nobody", eventID: "c"),
                        VerificationHint(provider: "5sim", reference: reference, eventID: "d"),
                    ], in: transaction)
            }
            #expect(found.watches.map(\.id) == [order.id])
            #expect(found.unknown == ["textverified": 1, "5sim": 1])
            hints.take(found)
            #expect(await voice.reaches("completed", order, within: .seconds(10)))
            let figures = voice.metrics.render()
            #expect(figures.contains(#"verification_hints_total{provider="textverified",outcome="asked"} 1"#))
            #expect(figures.contains(#"verification_hints_total{provider="5sim",outcome="unknown"} 1"#))
        }
    }

    @Test("a recording is forgotten when its time is over, and what is known of its call is not")
    func retention() async throws {
        try await VoiceHarness.with(nil) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await voice.reaches("completed", order))
            let call = try #require(try await voice.calls(of: order).first)
            #expect(try await voice.recordings.forgetOld() == false)
            #expect(try await voice.recordings.bytes(of: call.id) != nil)
            try await voice.database.execute("UPDATE calls SET keep_until = now() - interval '1 second'")
            _ = try await voice.recordings.forgetOld()
            #expect(try await voice.recordings.bytes(of: call.id) == nil)
            #expect(try await voice.calls(of: order) == [call])
        }
    }

    @Test("a recording of several parts is put together as it was, and its parts cannot change places")
    func parts() async throws {
        try await VoiceHarness.with(nil) { voice in
            let order = try await voice.waiting()
            try await voice.rings(order, Self.said)
            #expect(await voice.reaches("completed", order))
            let call = try #require(try await voice.calls(of: order).first)
            let bytes = (0..<(2 * KeepRecording.partSize + 17)).map { UInt8(truncatingIfNeeded: $0 * 31) }
            try await voice.recordings.keep(bytes, of: call.id)
            #expect(try await voice.recordings.bytes(of: call.id) == bytes)
            try await voice.database.execute("UPDATE recording_parts SET part = 10 + (part + 1) % 3")
            try await voice.database.execute("UPDATE recording_parts SET part = part - 10")
            await #expect(throws: (any Error).self) { try await voice.recordings.bytes(of: call.id) }
        }
    }
}
