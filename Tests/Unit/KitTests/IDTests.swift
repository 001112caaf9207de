import Kit
import Testing

@Suite struct IDTests {
    @Test("ids made by one process strictly ascend, from many tasks at once too")
    func ascending() async {
        let rows = await withTaskGroup(of: [ID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in ID.new() } } }
            return await group.reduce(into: [[ID]]()) { $0.append($1) }
        }
        for row in rows { #expect(zip(row, row.dropFirst()).allSatisfy { $0 < $1 }) }
        #expect(Set(rows.joined()).count == 40_000)
    }

    @Test("a clock that goes back does not make ids go back")
    func clockGoesBack() {
        let first = ID.new()
        let second = ID.new(at: Timestamp(seconds: 0))
        let third = ID.new(at: Timestamp(microseconds: -5))
        #expect(first < second && second < third)
    }

    @Test("an id says its version, its variant and the millisecond it was made in")
    func layout() {
        let before = Timestamp.now
        let id = ID.new()
        #expect(id.high >> 12 & 0xF == 7)
        #expect(id.low >> 62 == 2)
        // Others of this run may have taken the clock ahead, by a millisecond for every 2 048 ids.
        #expect(id.madeAt.microseconds >= before.microseconds / 1000 * 1000)
        #expect(id.madeAt < before + .seconds(60))
    }

    @Test(
        "an id made of a hash is the same whenever it is made, differs with every bit that it shows, and says its moment"
    )
    func derived() {
        let moment = Timestamp(microseconds: 1_800_000_000_123_000)
        let hash = (0..<32).map { UInt8($0 * 7) }
        let id = ID.derived(from: hash, at: moment)
        #expect(id == ID.derived(from: hash.prefix(16), at: moment))
        #expect(id.madeAt == moment && id.high >> 12 & 0xF == 7 && id.low >> 62 == 2)
        #expect(id != ID.derived(from: hash, at: moment + .milliseconds(1)))
        var other = hash
        other[8] ^= 0x10
        #expect(ID.derived(from: other, at: moment) != id)
        #expect(ID.derived(from: hash, at: Timestamp(microseconds: -5)).madeAt == Timestamp(microseconds: 0))
    }

    @Test("text and bytes read back; the text is lower case, and either case is read")
    func roundTrips() throws {
        for id in [
            ID.zero, ID(high: .max, low: .max), ID.new(), ID(high: 0x0192_F5C0_7C3E_7A10, low: 0x8A55_3F1F_6C0E_9B21),
        ] {
            #expect(ID(id.description) == id)
            #expect(ID(id.description.uppercased()) == id)
            #expect(ID(bytes: id.bytes) == id)
        }
        let known = ID(high: 0x0192_F5C0_7C3E_7A10, low: 0x8A55_3F1F_6C0E_9B21)
        #expect(known.description == "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21")
        #expect(known.bytes.prefix(4) == [0x01, 0x92, 0xF5, 0xC0])
    }

    @Test(
        "what is not an id is refused",
        arguments: [
            "", "0192f5c0", "0192f5c07c3e7a108a553f1f6c0e9b21", "{0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b2}",
            "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b2g", "0192f5c0-7c3e-7a10-8a553-f1f6c0e9b21",
            "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b211", "0192f5c0_7c3e-7a10-8a55-3f1f6c0e9b21",
            " 192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21", "é192f5c-7c3e-7a10-8a55-3f1f6c0e9b21",
        ])
    func refusals(_ text: String) {
        #expect(ID(text) == nil)
    }

    @Test("sixteen bytes are an id, and no other count is")
    func byteCounts() {
        for count in [0, 1, 15, 17, 32] { #expect(ID(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test("order is the order of the text and of the bytes")
    func order() {
        let ids = [
            ID.zero, ID(high: 0, low: 1), ID(high: 0, low: .max), ID(high: 1, low: 0), ID(high: 1 << 63, low: 0),
            ID(high: .max, low: .max),
        ]
        for (left, right) in zip(ids, ids.dropFirst()) {
            #expect(left < right)
            #expect(left.description < right.description)
            #expect(left.bytes.lexicographicallyPrecedes(right.bytes))
        }
    }
}
