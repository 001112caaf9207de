import Kit

/// What an account is for.
package enum AccountKind: String, Sendable, CaseIterable {
    /// Credit that a customer has with us: what is available, and what is held for open orders.
    case customer
    /// Our balance with one provider.
    case provider
    /// What customers paid for.
    case revenue
    /// What providers took for numbers that customers paid for, or may still pay for.
    case costOfSales = "cost_of_sales"
    /// What providers took and no customer pays for.
    case providerLoss = "provider_loss"
    /// Where credit comes from.
    case topUpSource = "top_up_source"
}

/// The accounts that are ours: ids that every instance knows without asking.
///
/// They are UUIDs of version 8, while customers' are of version 7, so that no customer can ever have one of them.
package enum Chart {
    package static let revenue = ID(high: 0x8000, low: 0x8000_0000_0000_0001)
    package static let costOfSales = ID(high: 0x8000, low: 0x8000_0000_0000_0002)
    package static let providerLoss = ID(high: 0x8000, low: 0x8000_0000_0000_0003)
    package static let topUpSource = ID(high: 0x8000, low: 0x8000_0000_0000_0004)

    /// The account of a provider: 62 bits of FNV-1a of its name. Two names that met would be refused by the unique
    /// constraint on (kind, name), never mixed.
    package static func provider(_ name: String) -> ID {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return ID(high: 0x0001_8000, low: 0x8000_0000_0000_0000 | hash >> 2)
    }

    /// No single amount is larger; what is, is an error of the sender.
    package static let largestAmount = Money(micro: 1_000_000 * 1_000_000)
}
