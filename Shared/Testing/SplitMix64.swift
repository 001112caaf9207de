/// A small generator whose whole sequence follows from its seed, on every machine and in every release: what makes a
/// random test repeatable. (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.)
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A number below `limit`. The standard library's own way may change with a release, this one does not.
    package mutating func below(_ limit: Int) -> Int {
        precondition(limit > 0, "there is no number below nothing")
        return Int(next() % UInt64(limit))
    }

    /// One of these.
    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// The same elements in another order.
    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for last in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(last, below(last + 1)) }
        return result
    }
}
