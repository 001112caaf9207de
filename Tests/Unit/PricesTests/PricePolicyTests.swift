import Contracts
import Kit
import Prices
import Testing

@Suite("Sale prices")
struct PricePolicyTests {
    @Test(
        "a price is the tier's, or cost and mark-up where these are more; voice comes on top of the tier's",
        arguments: [
            ("telegram", Capability.sms, 100_000, 750_000), ("telegram", .sms, 250_000, 750_000),
            ("telegram", .sms, 250_001, 750_003), ("ebay", .sms, 100_000, 1_000_000),
            ("ebay", .sms, 300_000, 1_200_000), ("paypal", .sms, 100_000, 1_500_000),
            ("paypal", .sms, 1_000_000, 5_000_000), ("telegram", .voice, 100_000, 1_050_000),
            ("telegram", .smsAndVoice, 0, 1_050_000), ("telegram", .voice, 400_000, 1_200_000),
        ] as [(String, Capability, Int64, Int64)])
    func price(_ service: String, _ capability: Capability, _ cost: Int64, _ price: Int64) {
        #expect(PricePolicy(service: service).price(capability, cost: Money(micro: cost)) == Money(micro: price))
    }

    @Test("the mark-up over cost is at least 200, 300 and 400 per cent, and no price lies below twice the cost")
    func markup() {
        for tier in PriceTier.allCases {
            #expect((200...400).contains(tier.markup))
            for cost in stride(from: Int64(1), through: 3_000_000, by: 1777) {
                for fixed in [nil, Money(micro: 1), Money(micro: 900_000)] {
                    let policy = PricePolicy(tier: tier, fixed: fixed)
                    for capability in Capability.allCases {
                        let price = policy.price(capability, cost: Money(micro: cost))
                        #expect(price >= PricePolicy.floor(cost: Money(micro: cost)))
                        #expect(PricePolicy.ceiling(forPrice: price) >= Money(micro: cost))
                        guard fixed == nil else { continue }
                        #expect(price.micro >= cost + cost * tier.markup / 100)
                        #expect(price >= tier.price)
                    }
                }
            }
        }
    }

    @Test("a price by hand goes before the tier's, and never below the floor")
    func byHand() {
        let policy = PricePolicy(tier: .premium, fixed: Money(micro: 600_000))
        #expect(policy.price(.sms, cost: Money(micro: 100_000)) == Money(micro: 600_000))
        #expect(policy.price(.voice, cost: Money(micro: 100_000)) == Money(micro: 900_000))
        #expect(policy.price(.sms, cost: Money(micro: 400_000)) == Money(micro: 800_000))
        #expect(!policy.isBelowFloor(cost: Money(micro: 300_000)))
        #expect(policy.isBelowFloor(cost: Money(micro: 300_001)))
        #expect(!PricePolicy(service: "telegram").isBelowFloor(cost: Money(micro: 9_000_000)))
    }

    @Test("a portion is exact for every amount that money can be")
    func portion() {
        #expect(PricePolicy.portion(15, of: Money(micro: 999)) == Money(micro: 149))
        #expect(PricePolicy.portion(400, of: Money(micro: 999_999_999_999_999)) == Money(micro: 3_999_999_999_999_996))
        for amount in stride(from: Int64(0), through: 100_000, by: 37) {
            #expect(PricePolicy.portion(20, of: Money(micro: amount)).micro == amount * 20 / 100)
        }
    }

    @Test(
        "a month's volume takes 10, 15 and 20 per cent off",
        arguments: [(0, 0), (499, 0), (500, 10), (1999, 10), (2000, 15), (9999, 15), (10_000, 20), (1_000_000, 20)])
    func discount(_ volume: Int, _ percent: Int64) {
        #expect(BulkDiscount.percent(volume: volume) == percent)
        let price = BulkDiscount.price(Money(micro: 1_000_000), volume: volume, floor: Money(micro: 1))
        #expect(price == Money(micro: 1_000_000 - percent * 10_000))
        let next = BulkDiscount.next(volume: volume)
        #expect((next == nil) == (percent == 20))
        if let next { #expect(BulkDiscount.percent(volume: volume + next.missing) == next.percent) }
        if let next { #expect(BulkDiscount.percent(volume: volume + next.missing - 1) == percent) }
    }

    @Test("no discount goes below the floor, nor does it raise a price that lies there")
    func discountFloor() {
        let price = Money(micro: 1_000_000)
        #expect(BulkDiscount.price(price, volume: 10_000, floor: Money(micro: 900_000)) == Money(micro: 900_000))
        #expect(BulkDiscount.price(price, volume: 10_000, floor: price) == price)
        #expect(BulkDiscount.price(price, volume: 10_000, floor: Money(micro: 2_000_000)) == price)
        #expect(BulkDiscount.price(price, volume: 0, floor: .zero) == price)
    }
}
