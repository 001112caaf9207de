import Choosing
import Contracts
import Kit

/// The orders that a worker looks after, and when each is next due. A million may be open at once, so each is packed
/// into a hundred bytes, and two queues tell by its place in the list when it is due.
///
/// What is to be done at the provider (a cancellation, the end of an order) is queued apart from what is only to be
/// asked, of which there may be more than the provider's budget allows: a customer who cancels must not wait behind all
/// those whose code has not come.
package struct WatchList: Sendable {
    private var places = PlaceTable()
    private var packed: [PackedWatch] = []
    private var free: [UInt32] = []
    private var providers: [String] = []
    private var polls = DueQueue()
    private var deeds = DueQueue()
    private var counts: [OrderState: Int] = [:]

    package init() {}

    package var count: Int { places.count }

    /// How many of them stand like this.
    package func count(_ state: OrderState) -> Int { counts[state, default: 0] }

    /// Who is set to nil is forgotten, with his appointment.
    package subscript(id: ID) -> Watch? {
        get { places.place(of: id, in: packed).map { watch($0) } }
        set {
            if let newValue { keep(newValue) } else { remove(id) }
        }
    }

    /// Forgets all of these shards.
    package mutating func remove(_ shards: Set<Int16>) {
        for id in places.all.map({ packed[$0].id }).filter({ shards.contains($0.shard) }) { remove(id) }
    }

    /// When the next is due.
    package var next: Timestamp? {
        switch (polls.next, deeds.next) {
        case (let poll?, let deed?): min(poll, deed)
        case (let one, nil), (nil, let one): one
        }
    }

    /// Makes the appointment of a known order, in place of the one it may have.
    package mutating func appoint(_ id: ID, at due: Timestamp) {
        guard let place = places.place(of: id, in: packed) else { return }
        if packed[place].isDeed {
            polls.remove(place)
            deeds.set(place, due: due)
        } else {
            deeds.remove(place)
            polls.set(place, due: due)
        }
    }

    /// Takes the appointments that have come, at most so many of each kind; deeds first.
    package mutating func take(
        at now: Timestamp, polls pollLimit: Int, deeds deedLimit: Int
    ) -> [(watch: Watch, due: Timestamp)] {
        let taken = deeds.take(at: now, limit: max(0, deedLimit)) + polls.take(at: now, limit: max(0, pollLimit))
        return taken.map { (watch($0.number), $0.due) }
    }

    private func watch(_ place: Int) -> Watch {
        packed[place].watch(provider: providers[Int(packed[place].provider)])
    }

    private mutating func keep(_ watch: Watch) {
        let new = PackedWatch(watch, provider: number(of: watch.provider))
        counts[watch.state, default: 0] += 1
        if let place = places.place(of: watch.id, in: packed) {
            counts[packed[place].state, default: 0] -= 1
            packed[place] = new
        } else if let place = free.popLast() {
            packed[Int(place)] = new
            places.insert(Int(place), in: packed)
        } else {
            packed.append(new)
            places.insert(packed.count - 1, in: packed)
        }
    }

    private mutating func remove(_ id: ID) {
        guard let place = places.remove(id, in: packed) else { return }
        counts[packed[place].state, default: 0] -= 1
        polls.remove(place)
        deeds.remove(place)
        free.append(UInt32(place))
        // Nothing is moved to close a gap; when all are gone, so is the memory.
        if places.isEmpty { self = WatchList() }
    }

    /// There are a handful of providers, each named by as many orders as there are.
    private mutating func number(of provider: String) -> UInt16 {
        if let known = providers.firstIndex(of: provider) { return UInt16(known) }
        providers.append(provider)
        return UInt16(providers.count - 1)
    }
}
