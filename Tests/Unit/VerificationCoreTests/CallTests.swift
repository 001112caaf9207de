import Choosing
import Contracts
import JSON
import Kit
import Testing

@testable import VerificationCore

/// What a provider may tell of one call.
enum Told: CaseIterable, Sendable {
    case bare, recorded, readWithoutCode, readWithCode, recordedAndRead

    func call(_ known: Call? = nil, key: String = "c1") -> ObservedCall {
        var call = ObservedCall(
            id: ID(high: 1, low: 2), key: key, receivedAt: start + .seconds(20), sealed: "told \(self)",
            hasCode: self == .readWithCode, isRead: ![.bare, .recorded].contains(self),
            placeSealed: [.recorded, .recordedAndRead].contains(self) ? "place" : nil)
        call.known = known
        return call
    }
}

/// What may come of listening to one call.
enum Heard: CaseIterable, Sendable {
    case audio, textWithoutCode, textWithCode, nothing

    func call(_ known: Call?, key: String = "c1") -> HeardCall {
        var heard = HeardCall(key: key)
        switch self {
        case .audio: heard.audio = Call.Audio(type: "audio/wav", size: 1000)
        case .textWithoutCode: heard.text = .init(sealed: "heard", hasCode: false)
        case .textWithCode: heard.text = .init(sealed: "heard a code", hasCode: true)
        case .nothing: break
        }
        heard.isOver = self != .audio
        heard.known = known
        return heard
    }
}

@Suite("Calls")
struct CallTests {
    private static let bought: [OrderEvent] = [.accepted, .holdPlaced, .purchased(attempt: 1, number())]

    /// What is stored of a call by some effects.
    private static func stored(_ effects: [OrderEffect]) -> Call? {
        effects.compactMap { if case .storeCall(let call) = $0 { call } else { nil } }.last
    }

    private static func observed(_ told: Told, _ status: Observation.Status = .open, known: Call? = nil) -> OrderEvent {
        .observed(Observation(status: status, calls: [told.call(known)]))
    }

    @Test(
        "whatever is told and heard of a call in whatever order, a code stays, a text stays, and nothing is forgotten")
    func merging() {
        var frontier: [Call] = Told.allCases.map { Call($0.call()) }
        var known = Set(frontier)
        while let before = frontier.popLast() {
            let next =
                Told.allCases.map { told in
                    var call = before
                    call.learn(told.call(before))
                    return call
                }
                + Heard.allCases.map { heard in
                    var call = before
                    call.hear(heard.call(before))
                    return call
                }
            for after in next {
                #expect(after.mark >= before.mark && (after.hasCode || !before.hasCode))
                #expect(after.isRead || !before.isRead)
                #expect(after.audio != nil || before.audio == nil)
                #expect(after.placeSealed != nil || before.placeSealed == nil)
                if before.hasCode { #expect(after.sealed == before.sealed) }
                // Once it is known what was said, nobody waits for it.
                if after.isRead { #expect(!after.isOpen) }
                if after.hasCode { #expect(after.isRead && after.status == .transcribed) }
                if before.sealed != after.sealed { #expect(after.isRead) }
                if known.insert(after).inserted { frontier.append(after) }
            }
        }
        #expect(known.count > 15)
        #expect(Set(known.map(\.status)) == Set(CallStatus.allCases))
    }

    @Test("a call with a code ends the waiting like a message with one")
    func code() {
        var order = Order.after(Self.bought)
        let effects = order.handle(Self.observed(.readWithCode), around())
        #expect(order.state == .received && effects.posts == 1 && effects.facts == [.completed])
        #expect(effects.stepNames == ["code_received"])
        let finished = order.handle(.observed(.finished), around())
        #expect(order.state == .completed && finished.facts == [.finished])
    }

    @Test("a call that is to be listened to keeps the order open although the provider has finished it")
    func waits() throws {
        var order = Order.after(Self.bought)
        let first = order.handle(Self.observed(.recorded, .finished), around())
        let call = try #require(Self.stored(first))
        #expect(order.state == .waiting && first.facts == [.callReceived] && order.calls == CallTally(mark: 2, open: 1))
        // Asked again and again meanwhile, it changes nothing.
        #expect(order.handle(Self.observed(.recorded, .finished, known: call), around()).isEmpty)
        #expect(order.handle(.unknownToProvider, around()).isEmpty)

        var heard = order
        let audible = heard.handle(.callHeard(Heard.audio.call(call)), around())
        #expect(heard.state == .waiting && audible.stepNames == ["call_recorded"] && audible.facts == [.callReceived])
        let withAudio = try #require(Self.stored(audible))
        let effects = heard.handle(.callHeard(Heard.textWithCode.call(withAudio)), around())
        #expect(heard.state == .received && effects.posts == 1 && effects.facts == [.completed])
        // The provider takes no notice that it is done with, and so says nothing of it.
        _ = heard.handle(.unknownToProvider, around())
        #expect(heard.state == .completed)

        for outcome in [Heard.textWithoutCode, .nothing] {
            var vain = order
            let effects = vain.handle(.callHeard(outcome.call(call)), around())
            #expect(vain.state == .waiting && effects.facts == [.callReceived] && vain.calls.open == 0)
            let end = vain.handle(.observed(.finished), around())
            #expect(vain.state == .expired && end.voids == 1 && end.posts == 0)
        }
    }

    @Test("where nobody listens, the recording is what is sold")
    func withoutEars() throws {
        let deaf = around(policy: OrderPolicy(hearsCalls: false))
        var order = Order.after(Self.bought)
        let call = try #require(Self.stored(order.handle(Self.observed(.recorded, .finished), deaf)))
        let effects = order.handle(.callHeard(Heard.audio.call(call)), deaf)
        #expect(order.state == .received && effects.posts == 1 && effects.facts == [.completed])

        // Without a recording there is nothing to sell.
        var silent = Order.after(Self.bought)
        let bare = try #require(Self.stored(silent.handle(Self.observed(.bare, .finished), deaf)))
        _ = silent.handle(.callHeard(Heard.nothing.call(bare)), deaf)
        _ = silent.handle(.observed(.finished), deaf)
        #expect(silent.state == .expired)
    }

    @Test("once a call has come, a number can neither be cancelled nor reported; its owner may complete it himself")
    func wishes() {
        let order = Order.after(Self.bought + [Self.observed(.recorded)])
        #expect(!order.canCancel(at: start + .seconds(60)) && !order.canReport)
        var cancelled = order
        #expect(cancelled.handle(.cancelRequested, around()).refusals == [.notCancellable])
        var reported = order
        #expect(reported.handle(.reportRequested, around()).refusals == [.notReportable])
        var completed = order
        #expect(completed.handle(.completeRequested, around()).posts == 1 && completed.state == .received)
    }

    @Test("what is heard after an order is over is told, and costs nothing")
    func late() throws {
        var order = Order.after(Self.bought)
        let call = try #require(Self.stored(order.handle(Self.observed(.recorded), around())))
        _ = order.handle(.observed(.timedOut), around())
        #expect(order.state == .expired)
        let effects = order.handle(.callHeard(Heard.textWithCode.call(call)), around())
        #expect(order.state == .expired && effects.facts == [.callReceived] && effects.posts + effects.voids == 0)
        #expect(effects.settlements.isEmpty && effects.refusals.isEmpty)
        // Nobody told of that one.
        #expect(order.handle(.callHeard(Heard.textWithCode.call(nil)), around()).isEmpty)
    }

    // MARK: - Every history

    private struct Situation: Hashable {
        var order: Order
        var call: Call?
        var posts = 0
        var voids = 0
    }

    @Test(
        "in every history with a call: charged once at most, and only for a code, a recording that is sold, or a wish",
        arguments: [true, false])
    func histories(hears: Bool) throws {
        let policy = OrderPolicy(hearsCalls: hears)
        func essence(_ situation: Situation) -> Situation {
            var situation = situation
            situation.order.version = 0
            situation.order.stepCount = 0
            situation.order.updatedAt = start
            return situation
        }
        var first = Order.after(Self.bought)
        first.cost = Money(micro: 100_000)
        var known: Set<Situation> = [essence(Situation(order: first))]
        var frontier = [Situation(order: first)]
        var finals: Set<OrderState> = []
        while let before = frontier.popLast() {
            var events: [OrderEvent] = [
                .cancelRequested, .reportRequested, .completeRequested, .cancelRefused(.tooLate), .unknownToProvider,
                .anotherRequested, .holdResolved(.posted), .holdResolved(.voided),
            ]
            for status in Observation.Status.allCases {
                events.append(.observed(status))
                events += Told.allCases.map { Self.observed($0, status, known: before.call) }
            }
            if before.call != nil { events += Heard.allCases.map { .callHeard($0.call(before.call)) } }
            for event in events {
                var next = before
                let effects = next.order.handle(event, around(.seconds(90), policy: policy))
                let call = Self.stored(effects)
                next.call = call ?? before.call
                next.posts += effects.posts
                next.voids += effects.voids
                func place() -> Comment { "\(event) on \(before): \(effects)" }
                let tally = CallTally(mark: next.call?.mark ?? 0, open: next.call?.isOpen ?? false ? 1 : 0)
                try #require(next.order.calls == tally, place())
                try #require(effects.facts.count <= 1, place())
                try #require(effects.facts.isEmpty || !effects.stepNames.isEmpty || event == .anotherRequested, place())
                try #require(next.posts + next.voids <= 1, place())
                if effects.posts == 1 {
                    let isSold = call?.hasCode == true || !hears && call?.audio != nil || event == .completeRequested
                    try #require(isSold, place())
                }
                // Its call may still turn out to have had the code.
                if before.call?.isOpen == true, next.call?.isOpen == true, !before.order.state.isFinal,
                    next.order.state == .expired
                {
                    try #require(event == .observed(.timedOut) || isTimedOut(event), place())
                }
                if before.order.state.isFinal {
                    try #require(next.order.state == before.order.state, place())
                    try #require(effects.posts + effects.voids == 0, place())
                }
                if next.order.state.isFinal {
                    finals.insert(next.order.state)
                    try #require(next.posts + next.voids == 1, place())
                }
                if known.insert(essence(next)).inserted { frontier.append(next) }
            }
        }
        #expect(finals == [.completed, .cancelled, .expired])
        #expect(known.count > 100, "\(known.count) situations")
    }

    private func isTimedOut(_ event: OrderEvent) -> Bool {
        if case .observed(let observation) = event { observation.status == .timedOut } else { false }
    }
}

@Suite("Looking after calls")
struct CallCareTests {
    private static func call(
        place: Bool = true, audio: Bool = false, isOpen: Bool = true, isRead: Bool = false
    ) -> Call {
        Call(
            id: .new(), key: "c", receivedAt: start, sealed: "s", hasCode: false, isRead: isRead, isOpen: isOpen,
            mark: 2, placeSealed: place ? "p" : nil, audio: audio ? Call.Audio(type: "audio/wav", size: 1) : nil)
    }

    private static func step(
        _ call: Call, tries: Int = 0, age: Duration = .seconds(5), isPassed: Bool = false, hears: Bool = true
    ) -> CallCare.Step {
        CallCare(
            call: call, tries: tries, firstSeen: start, isPassed: isPassed, keepUntil: start + .seconds(3600),
            hears: hears
        ).step(at: start + age)
    }

    @Test("a call is fetched, listened to and passed on, in that order, and then left alone")
    func way() {
        #expect(Self.step(Self.call()) == .fetch)
        #expect(Self.step(Self.call(audio: true)) == .listen)
        #expect(Self.step(Self.call(audio: true, isOpen: false)) == .pass)
        #expect(Self.step(Self.call(audio: true, isOpen: false), isPassed: true) == .done)
        #expect(Self.step(Self.call(audio: true, isOpen: false), age: .seconds(3600)) == .done)
    }

    @Test("without a recording it is waited for one as long as it may be told of, and not for ever")
    func waiting() {
        #expect(Self.step(Self.call(place: false)) == .wait)
        #expect(Self.step(Self.call(place: false), age: CallCare.patience) == .giveUp)
        #expect(Self.step(Self.call(place: false, isOpen: false, isRead: true)) == .done)
        // A text that the provider told does not keep its owner from hearing it.
        #expect(Self.step(Self.call(isOpen: false, isRead: true)) == .fetch)
    }

    @Test("what fails again and again is given up; what nobody can listen to at once")
    func givingUp() {
        let tired = CallCare.limit
        #expect(Self.step(Self.call(), tries: tired - 1) == .fetch)
        #expect(Self.step(Self.call(), tries: tired) == .giveUp)
        #expect(Self.step(Self.call(isOpen: false, isRead: true), tries: tired) == .done)
        #expect(Self.step(Self.call(audio: true), tries: tired) == .giveUp)
        #expect(Self.step(Self.call(audio: true), hears: false) == .giveUp)
        // To pass it on is tried for as long as it is kept.
        #expect(Self.step(Self.call(audio: true, isOpen: false), tries: 100) == .pass)
        #expect((1...10).map { CallCare.pause(tries: $0) }.last == .seconds(60))
        #expect(CallCare.pause(tries: 1) == .seconds(1) && CallCare.pause(tries: 3) == .seconds(4))
    }

    @Test("a WAV says how long it is, whatever else is in it; anything else says nothing")
    func length() {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func wav(_ perSecond: Int, data: Int, said: Int? = nil, before: [UInt8] = []) -> [UInt8] {
            Array("RIFF".utf8) + four(0) + Array("WAVE".utf8) + Array("fmt ".utf8) + four(16) + [1, 0, 1, 0]
                + four(8000) + four(perSecond) + [1, 0, 8, 0] + before + Array("data".utf8) + four(said ?? data)
                + [UInt8](repeating: 128, count: data)
        }
        #expect(SoundLength.seconds(wav(8000, data: 16_000)) == 2)
        #expect(SoundLength.seconds(wav(8000, data: 16_001)) == 3)
        #expect(SoundLength.seconds(wav(8000, data: 100, before: Array("LIST".utf8) + four(3) + [1, 2, 3, 0])) == 1)
        #expect(SoundLength.seconds(wav(8000, data: 100, said: 0x7FFF_FFFF)) == 1)
        #expect(SoundLength.seconds(wav(0, data: 100)) == nil)
        #expect(SoundLength.seconds(wav(8000, data: 0)) == nil)
        let whole = wav(8000, data: 64)
        for count in 0..<44 { #expect(SoundLength.seconds(Array(whole.prefix(count))) == nil) }
        #expect(SoundLength.seconds(Array("ID3".utf8) + [UInt8](repeating: 0, count: 100)) == nil)
    }
}

@Suite("Calls in a batch of changes")
struct CallBatchTests {
    private static func waiting() -> Order { Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number())]) }

    @Test("a call that is told of again is no news; what more is told of it is, beside what was known")
    func again() throws {
        let order = Self.waiting()
        let known = Call(Told.bare.call())
        var state = OrderBatch.Known()
        state.calls[order.id] = [known.key: known]
        var before = order
        before.calls = CallTally(mark: 1, open: 1)
        var batch = OrderBatch([order.id: before], known: state, policy: OrderPolicy(), now: start + .seconds(30))
        func tell(_ told: [Told]) {
            batch.apply(
                Change(orderID: order.id, event: .observed(Observation(status: .open, calls: told.map { $0.call() }))))
        }
        tell([.bare])
        #expect(batch.changed.isEmpty && batch.writes.calls.isEmpty)
        // The same twice in one answer, and then again in the next.
        tell([.recorded, .recorded])
        tell([.recorded])
        let stored = try #require(batch.writes.calls[known.id])
        #expect(stored.call.placeSealed == "place" && stored.call.isOpen)
        #expect(batch.writes.tallies[order.id] == CallTally(mark: 2, open: 1))
        // Where a recording lies is told to nobody.
        #expect(batch.writes.letters.isEmpty && batch.writes.steps.isEmpty)

        batch.apply(Change(orderID: order.id, event: .callHeard(Heard.textWithCode.call(nil))))
        #expect(batch.applied.last?.order.state == .received)
        #expect(batch.writes.calls[known.id]?.call.hasCode == true)
        let fact = try #require(
            batch.writes.letters.compactMap { mail -> VerificationFact? in
                if case .fact(_, let fact, _) = mail.letter { fact } else { nil }
            }.last)
        let told = try #require(fact.calls)
        #expect(told.count == 1 && told[0].hasCode && told[0].status == Open(.transcribed))
        #expect(told[0].sealed == "heard a code" && fact.messages.isEmpty)
    }

    @Test("what was heard of a call that nobody told of changes nothing")
    func nobody() {
        let order = Self.waiting()
        var batch = OrderBatch(
            [order.id: order], known: OrderBatch.Known(), policy: OrderPolicy(), now: start + .seconds(30))
        batch.apply(Change(orderID: order.id, event: .callHeard(Heard.textWithCode.call(nil))))
        #expect(batch.changed.isEmpty)
    }

    @Test("only what is more than was known of calls is news to the minder")
    func minding() throws {
        var order = Self.waiting()
        _ = order.handle(.observed(Observation(status: .open, calls: [Told.bare.call()])), around())
        var watch = try #require(Watch(order))
        #expect(watch.callMark == 1)
        func meaning(_ told: [Told]) -> Minding.Meaning {
            Minding.meaning(
                of: .success(Observation(status: .open, calls: told.map { $0.call() })), about: watch, now: start)
        }
        #expect(meaning([.bare]) == .nothing && meaning([]) == .nothing)
        #expect(meaning([.recorded]) != .nothing)
        watch.callMark = 2
        #expect(meaning([.recorded]) == .nothing)
        #expect(meaning([.recordedAndRead]) != .nothing)
        var list = WatchList()
        list[watch.id] = watch
        #expect(list[watch.id] == watch)
    }
}
