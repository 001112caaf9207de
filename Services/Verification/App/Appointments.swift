import Kit
import Synchronization
import VerificationCore

/// When the orders of a worker are due. What is to be done at the provider (a cancellation, the end of an order) is kept
/// apart from what is only to be asked, of which there may be more than the provider's budget allows: a customer who
/// cancels must not wait behind all those whose code has not come.
struct Appointments: Sendable {
    private var polls = DueQueue()
    private var deeds = DueQueue()

    /// The earliest; may name a moment that was moved meanwhile.
    var next: Timestamp? {
        switch (polls.next, deeds.next) {
        case (let poll?, let deed?): min(poll, deed)
        case (let one, nil), (nil, let one): one
        }
    }

    mutating func set(_ watch: Watch, due: Timestamp) {
        if watch.isDeed {
            polls.remove(watch.id)
            deeds.set(watch.id, due: due)
        } else {
            deeds.remove(watch.id)
            polls.set(watch.id, due: due)
        }
    }

    mutating func remove(_ id: ID) {
        polls.remove(id)
        deeds.remove(id)
    }

    /// Takes out what is due, at most so many of each kind.
    mutating func take(at now: Timestamp, polls pollLimit: Int, deeds deedLimit: Int) -> [(id: ID, due: Timestamp)] {
        deeds.appointments(at: now, limit: max(0, deedLimit)) + polls.appointments(at: now, limit: max(0, pollLimit))
    }
}

/// The hands for one kind of work: so many at once, and a short queue before them.
final class Desk: Sendable {
    let hands: Int
    let calls: AsyncStream<Watch>
    private let call: AsyncStream<Watch>.Continuation
    private let inHand = Atomic<Int>(0)

    init(hands: Int) {
        self.hands = hands
        (calls, call) = AsyncStream.makeStream()
    }

    /// How many more may be put into the queue.
    var room: Int { hands * 4 - inHand.load(ordering: .relaxed) }

    func put(_ watch: Watch) {
        inHand.add(1, ordering: .relaxed)
        call.yield(watch)
    }

    /// One that was put in is done with.
    func finished() { inHand.subtract(1, ordering: .relaxed) }

    /// What is in the queue is still handed out.
    func close() { call.finish() }
}
