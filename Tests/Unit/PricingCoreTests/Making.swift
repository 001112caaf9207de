import Contracts
import Kit
import PricingCore

/// A line of a price list.
func line(
    _ service: String, _ name: String, _ cost: Int64, count: Int = 1, rate: Double? = nil, voice: Int64? = nil
) -> ProviderPrice {
    var line = ProviderPrice()
    line.service = service
    line.operator = name
    line.cost = Money(micro: cost)
    line.count = count
    line.rate = rate
    line.voiceCost = voice.map { Money(micro: $0) }
    return line
}

/// Numbers that look random and are the same in each run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A list of few names, so that two lists share many.
    mutating func list() -> PriceList {
        PriceList(
            (0..<Int.random(in: 0...40, using: &self)).map { _ in
                line(
                    "s\(Int.random(in: 0...9, using: &self))", "o\(Int.random(in: 0...5, using: &self))",
                    Int64.random(in: 0...4, using: &self) * 1000, count: Int.random(in: 0...2, using: &self),
                    rate: [nil, 0.25, 0.5].randomElement(using: &self) ?? nil,
                    voice: [nil, 5000].randomElement(using: &self) ?? nil)
            })
    }
}
