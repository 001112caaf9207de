import Bus
import Choosing
import Codes
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// Looks after calls: fetches their recordings, has them passed on and listened to, and brings what was said to the order.
/// What is due stands in the table; whoever takes a call puts it off first, so that two workers never have the same one,
/// and one whose worker died is taken by another when that time is over.
///
/// Life: `run` by the service group. Nothing here holds a transaction open while somebody else is asked, and no order waits
/// for it otherwise than by waiting for its code. A call is listened to once; what fails is tried again with pauses that
/// grow, and then given up.
final class CallDesk: Service {
    let name = "calls"

    struct Settings: Sendable {
        /// How many calls are looked after at once.
        var hands = 4
        /// The largest recording that is kept.
        var maximumSize = 8 << 20
        /// For so long a call is put off while it is looked after: longer than all that is done then may take.
        var hold = Duration.seconds(180)
    }

    private struct Taken: Row {
        let row: CallRow
        let tries: Int
        let firstSeen: Timestamp
        let isPassed: Bool
        let keepUntil: Timestamp?
        let provider: String?
        let accountID: ID
        let assignedAt: Timestamp?
        let traceparent: String?
        init(_ columns: inout Columns) throws(DatabaseError) {
            row = try CallRow(&columns)
            tries = try columns.next()
            firstSeen = try columns.next()
            isPassed = try columns.next()
            keepUntil = try columns.next()
            provider = try columns.next()
            accountID = try columns.next()
            assignedAt = try columns.next()
            traceparent = try columns.next()
        }
    }

    /// What is known while one call is looked after.
    private struct Work {
        let taken: Taken
        var call: Call
        var isPassed: Bool
        var keepUntil: Timestamp?
        /// The recording, if it was fetched just now.
        var bytes: [UInt8]?
        var id: ID { call.id }
        var orderID: ID { taken.row.orderID }
    }

    private enum Outcome {
        /// On to the next step.
        case done
        /// To be tried again.
        case failed
        /// Not to be tried again; nothing more will come of the call.
        case hopeless
        /// The process is ending.
        case stopped
    }

    private let database: Database
    private let market: Market
    private let changes: ChangeQueue
    private let observations: Observations
    private let recordings: Recordings
    private let transcriber: Transcriber?
    private let settings: Settings
    private let log: Log
    private let metrics: Metrics
    private let latency: Histogram
    private let bell = Wakeup()
    private let isStopping = Atomic<Bool>(false)

    init(
        _ database: Database, market: Market, changes: ChangeQueue, observations: Observations,
        recordings: Recordings, transcriber: Transcriber?, settings: Settings = Settings(), log: Log, metrics: Metrics
    ) {
        self.database = database
        self.market = market
        self.changes = changes
        self.observations = observations
        self.recordings = recordings
        self.transcriber = transcriber
        self.settings = settings
        self.log = log
        self.metrics = metrics
        latency = metrics.histogram(
            "verification_transcription_seconds", "How long a recording took to be written down")
    }

    /// Takes note of a committed change: a recording that there is to be fetched is fetched at once.
    func react(to applied: Applied) {
        for case .storeCall(let call) in applied.effects where call.placeSealed != nil && call.audio == nil {
            bell.signal()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        bell.signal()
    }

    private var goesOn: Bool { !isStopping.load(ordering: .acquiring) && !Task.isCancelled }

    /// Takes what is due, as much as there are hands for.
    func run() async throws {
        await withDiscardingTaskGroup { group in
            let busy = Counting()
            while goesOn {
                var taken: [Taken] = []
                let free = settings.hands - busy.count
                if free > 0 {
                    do { taken = try await take(free) } catch {
                        log.debug("calls could not be read", ["error": .string(String(describing: error))])
                    }
                }
                for one in taken {
                    busy.add(1)
                    group.addTask {
                        await self.lookAfter(one)
                        busy.add(-1)
                        self.bell.signal()
                    }
                }
                if taken.isEmpty { await bell.wait(.seconds(1)) }
            }
            // Nobody waits for a recording or for its text when the service ends: another goes on with it.
            group.cancelAll()
        }
    }

    private func take(_ limit: Int) async throws -> [Taken] {
        try await database.rows(
            Taken.self,
            """
            UPDATE calls c SET due_at = now() + make_interval(secs => \(settings.hold.inSeconds)), tries = c.tries + 1
            FROM (SELECT id FROM calls WHERE due_at <= now() ORDER BY due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED) d,
                orders o
            WHERE c.id = d.id AND o.id = c.order_id
            RETURNING \(CallRow.columns), c.tries::bigint, c.first_seen, c.is_passed, c.keep_until, o.provider, o.account_id,
                o.assigned_at, o.traceparent
            """)
    }

    // MARK: - One call

    private func lookAfter(_ taken: Taken) async {
        let trace = taken.traceparent.flatMap { TraceContext(traceparent: $0) }
        await TraceContext.$current.withValue(trace) {
            await Tracer.process.span(
                "call", .internal, [("namaskah.order.id", .string(taken.row.orderID.description))]
            ) {
                do { try await goThrough(taken) } catch {
                    // It stays put off, and comes again after that.
                    if goesOn {
                        log.warning("a call was not looked after", ["error": .string(String(describing: error))])
                    }
                }
                if !goesOn { await giveBack(taken.row.call.id) }
            }
        }
    }

    /// Has another worker take it at once, if there is still something to do.
    private func giveBack(_ id: ID) async {
        do {
            // A task of its own, because ours may be cancelled; what fails here is taken when it has been put off enough.
            try await Task { [database] in
                _ = try await database.execute(
                    "UPDATE calls SET due_at = now(), tries = greatest(tries - 1, 0) WHERE id = \(id) AND due_at IS NOT NULL"
                )
            }.value
        } catch {
            log.debug("a call was not given back", ["error": .string(String(describing: error))])
        }
    }

    private func goThrough(_ taken: Taken) async throws {
        var work = Work(
            taken: taken, call: taken.row.call, isPassed: taken.isPassed, keepUntil: taken.keepUntil)
        // What this taking of it counted is no failure yet.
        var tries = taken.tries - 1
        while goesOn {
            let care = CallCare(
                call: work.call, tries: tries, firstSeen: taken.firstSeen, isPassed: work.isPassed,
                keepUntil: work.keepUntil, hears: transcriber != nil)
            let now = observations.clock.now
            let outcome: Outcome
            switch care.step(at: now) {
            case .done: return try await putOff(work, to: nil)
            case .wait: return try await putOff(work, to: max(care.waitsUntil, now + .seconds(1)))
            case .fetch: outcome = try await fetch(&work)
            case .listen: outcome = try await listen(&work)
            case .pass: outcome = try await pass(&work) ? .done : .failed
            case .giveUp: outcome = work.call.audio == nil ? .hopeless : await giveUp(&work)
            }
            switch outcome {
            case .done: tries = 0
            case .failed:
                return try await putOff(work, to: now + CallCare.pause(tries: tries + 1), tries: tries + 1)
            case .hopeless:
                guard await giveUp(&work) == .done else { return }
                return try await putOff(work, to: nil)
            case .stopped: return
            }
        }
    }

    /// Says when to look at it again; not when a recording has turned up meanwhile, which has made it due.
    private func putOff(_ work: Work, to moment: Timestamp?, tries: Int = 0) async throws {
        try await database.execute(
            """
            UPDATE calls SET due_at = \(moment), tries = \(tries)
            WHERE id = \(work.id) AND (place_sealed IS NULL) = \(work.call.placeSealed == nil)
            """)
    }

    private func giveUp(_ work: inout Work) async -> Outcome {
        await tell(&work, HeardCall(key: work.call.key, isOver: true))
    }

    /// Brings news to the order.
    private func tell(_ work: inout Work, _ heard: HeardCall) async -> Outcome {
        let applied = await changes.submit(Change(orderID: work.orderID, event: .callHeard(heard)))
        guard !applied.isEmpty else { return .stopped }
        work.call.hear(heard)
        return .done
    }

    // MARK: - The recording

    private func fetch(_ work: inout Work) async throws -> Outcome {
        guard let sealed = work.call.placeSealed, let name = work.taken.provider, let provider = market[name] else {
            return .hopeless
        }
        let place = try observations.personalData.place(sealed, of: work.id)
        let recording: ProviderRecording
        do throws(ProviderError) {
            recording = try await provider.recording(
                of: ProviderCall(id: work.call.key, caller: "", recording: place))
        } catch {
            countRecording(error.label)
            log.info(
                "a recording was not had",
                [
                    "order.id": .string(work.orderID.description), "provider": .string(name),
                    "outcome": .string(error.label),
                ])
            switch error.kind {
            case .unsupported, .ourMistake, .orderFinished: return .hopeless
            default: return .failed
            }
        }
        guard !recording.bytes.isEmpty, recording.bytes.count <= settings.maximumSize else {
            countRecording("unfit")
            return .hopeless
        }
        countRecording("fetched")
        try await recordings.keep(recording.bytes, of: work.id)
        work.bytes = recording.bytes
        work.keepUntil = observations.clock.now + recordings.retention
        let audio = Call.Audio(type: Self.harmless(recording.type), size: recording.bytes.count)
        // First to the gateway, so that it is there when its owner hears of it.
        work.isPassed = try await recordings.pass(
            audio, of: work.id, order: work.orderID, account: work.taken.accountID)
        return await tell(
            &work,
            HeardCall(key: work.call.key, audio: audio, seconds: SoundLength.seconds(recording.bytes)))
    }

    private func pass(_ work: inout Work) async throws -> Bool {
        guard let audio = work.call.audio else { return true }
        work.isPassed = try await recordings.pass(
            audio, of: work.id, order: work.orderID, account: work.taken.accountID)
        return work.isPassed
    }

    /// A type as it may stand in a header of ours.
    private static func harmless(_ type: String) -> String {
        let isPlain = type.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"),
                UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let isSound = ["audio/", "video/", "application/ogg"].contains { type.hasPrefix($0) }
        return isPlain && isSound && type.utf8.count <= 60 ? type : "application/octet-stream"
    }

    // MARK: - Listening

    private func listen(_ work: inout Work) async throws -> Outcome {
        guard let transcriber, let audio = work.call.audio else { return .done }
        if work.bytes == nil { work.bytes = try await recordings.bytes(of: work.id) }
        guard let bytes = work.bytes else {
            // It was forgotten before anybody listened.
            return await giveUp(&work)
        }
        let said: String
        let begun = ContinuousClock.now
        do throws(Transcriber.Refusal) {
            said = try await transcriber.text(of: bytes, type: audio.type)
        } catch {
            countTranscription(error.word)
            log.info(
                "a recording was not written down",
                ["order.id": .string(work.orderID.description), "outcome": .string(error.word)])
            return error.isPassing ? .failed : await giveUp(&work)
        }
        latency.observe(begun.duration(to: .now))
        // A call from before the order is no answer to it.
        let isFresh = work.taken.assignedAt.map { work.call.receivedAt >= $0 - .seconds(60) } ?? true
        let code = isFresh && !said.isEmpty ? CodeExtractor.code(in: said, voice: true) : nil
        countTranscription(said.isEmpty ? "silent" : code == nil ? "no_code" : "code")
        if said.isEmpty { return await giveUp(&work) }
        let personalData = observations.personalData
        var content = try personalData.callContent(work.call.sealed, of: work.id)
        content.transcription = said
        content.code = code
        let text = HeardCall.Text(sealed: personalData.seal(content, of: work.id), hasCode: code != nil)
        return await tell(&work, HeardCall(key: work.call.key, text: text, isOver: true))
    }

    private func countRecording(_ outcome: String) {
        metrics.counter(
            "verification_recordings_total", "Recordings of calls that were asked for", [("outcome", outcome)]
        ).add()
    }

    private func countTranscription(_ outcome: String) {
        metrics.counter(
            "verification_transcriptions_total", "Recordings that were to be written down", [("outcome", outcome)]
        ).add()
    }
}

/// How many are at work.
private final class Counting: Sendable {
    private let number = Atomic<Int>(0)
    var count: Int { number.load(ordering: .acquiring) }
    func add(_ change: Int) { number.add(change, ordering: .acquiringAndReleasing) }
}
