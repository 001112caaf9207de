import Synchronization
import VerificationCore

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

    /// How many more may be put into the queue; none until there is room for one for each hand, so that a full queue is
    /// filled up in batches.
    var room: Int {
        let free = hands * 4 - inHand.load(ordering: .relaxed)
        return free < hands ? 0 : free
    }

    func put(_ watch: Watch) {
        inHand.add(1, ordering: .relaxed)
        call.yield(watch)
    }

    /// One that was put in is done with.
    func finished() { inHand.subtract(1, ordering: .relaxed) }

    /// What is in the queue is still handed out.
    func close() { call.finish() }
}
