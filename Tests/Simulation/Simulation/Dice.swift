import Kit
import TestSupport

/// The one source of chance in a history: the same seed gives the same numbers on every machine.
package struct Dice: RandomNumberGenerator {
    private var generator: SplitMix64

    package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    package mutating func next() -> UInt64 { generator.next() }

    /// A number from 0 up to, not including, `limit`.
    mutating func below(_ limit: Int) -> Int {
        precondition(limit > 0, "there is no number below nought")
        return Int(((next() >> 32) &* UInt64(limit)) >> 32)
    }

    /// True in so many of ten thousand cases.
    mutating func chance(_ share: Int) -> Bool { share > 0 && below(10_000) < share }

    /// A pause from `least` up to `most` milliseconds, in microseconds, so that no two are likely to be the same.
    mutating func pause(_ least: Int, _ most: Int) -> Int64 {
        Int64(least) * 1000 + Int64(below((most - least) * 1000 + 1))
    }

    /// From 0 up to 1.
    mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
