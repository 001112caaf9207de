import Kit

/// Where in a list the watch of an order is: a hash table that holds nothing but places and looks the ids up in the list
/// itself, so that it costs five to eleven bytes an order where a dictionary costs some forty.
///
/// Open addressing with linear probing; a gap is closed by moving up what was displaced, so that nothing has to be
/// marked as deleted. The ids are random in the bits that are looked at, and ours: nobody can choose colliding ones.
struct PlaceTable: Sendable {
    private static let nowhere = UInt32.max

    private var slots: [UInt32] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Every place, in no order.
    var all: [Int] { slots.lazy.filter { $0 != Self.nowhere }.map { Int($0) } }

    func place(of id: ID, in list: [PackedWatch]) -> Int? {
        slots.isEmpty ? nil : place(at: slot(of: id, in: list))
    }

    /// Notes the place of an order whose watch stands there already, and which has no other.
    mutating func insert(_ place: Int, in list: [PackedWatch]) {
        if (count + 1) * 4 > slots.count * 3 { grow(list) }
        slots[slot(of: list[place].id, in: list)] = UInt32(place)
        count += 1
    }

    /// Forgets an order whose watch still stands in the list; gives where.
    mutating func remove(_ id: ID, in list: [PackedWatch]) -> Int? {
        guard !slots.isEmpty else { return nil }
        var gap = slot(of: id, in: list)
        guard let removed = place(at: gap) else { return nil }
        count -= 1
        var next = gap
        while true {
            next = (next + 1) & mask
            guard let displaced = place(at: next) else { break }
            // Whoever would be looked for at the gap or before it can stand in the gap.
            let home = home(of: list[displaced].id)
            if (next - home) & mask >= (next - gap) & mask {
                slots[gap] = UInt32(displaced)
                gap = next
            }
        }
        slots[gap] = Self.nowhere
        return removed
    }

    private var mask: Int { slots.count - 1 }
    /// Without the bits that name the shard: a worker that has few shards has few different ones of these.
    private func home(of id: ID) -> Int { Int(truncatingIfNeeded: id.low >> 10) & mask }
    private func place(at slot: Int) -> Int? { slots[slot] == Self.nowhere ? nil : Int(slots[slot]) }

    /// Where an order is noted, or would be.
    private func slot(of id: ID, in list: [PackedWatch]) -> Int {
        var slot = home(of: id)
        while let place = place(at: slot), list[place].id != id { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow(_ list: [PackedWatch]) {
        let places = all
        slots = Array(repeating: Self.nowhere, count: max(16, slots.count * 2))
        for place in places { slots[slot(of: list[place].id, in: list)] = UInt32(place) }
    }
}
