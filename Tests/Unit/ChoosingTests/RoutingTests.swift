import Kit
import Testing

@testable import Choosing

@Suite("The choice among offers")
struct RoutingTests {
    private static func offer(
        _ provider: String, _ pool: String = "any", cost: Int64 = 100_000, count: Int = 10, rate: Double? = nil
    ) -> Offer { Offer(provider: provider, operator: pool, cost: Money(micro: cost), count: count, rate: rate) }

    private static func window(codes: Int, silences: Int = 0, wait: Duration = .seconds(10)) -> HealthWindow {
        var window = HealthWindow(at: start)
        for _ in 0..<codes { window.note(.code(after: wait), at: start) }
        for _ in 0..<silences { window.note(.silence(after: .seconds(300)), at: start) }
        return window
    }

    private static func wish(ceiling: Int64 = 1_000_000, attempt: Int = 1, id: ID = .new()) -> Routing.Wish {
        Routing.Wish(orderID: id, attempt: attempt, ceiling: Money(micro: ceiling))
    }

    private static let steady: RoutingPolicy = {
        var policy = RoutingPolicy()
        policy.exploration = 0
        return policy
    }()

    private static func chosen(
        _ offers: [RoutedOffer], _ wish: Routing.Wish = wish(), last: OfferName? = nil, policy: RoutingPolicy = steady
    ) -> String? {
        Routing.decide(wish, among: offers, last: last, policy: policy, now: start).chosen?.offer.provider
    }

    @Test("a dearer offer that delivers is cheaper than one that does not")
    func worth() {
        let poor = RoutedOffer(Self.offer("poor", cost: 20_000), window: Self.window(codes: 5, silences: 95))
        let good = RoutedOffer(Self.offer("good", cost: 60_000), window: Self.window(codes: 95, silences: 5))
        #expect(Self.chosen([poor, good]) == "good")
        let fair = RoutedOffer(Self.offer("fair", cost: 20_000), window: Self.window(codes: 90, silences: 10))
        #expect(Self.chosen([poor, good, fair]) == "fair")
    }

    @Test("of two that deliver alike, the faster is worth more, as far as waiting is")
    func waiting() {
        let slow = RoutedOffer(Self.offer("slow", cost: 20_000), window: Self.window(codes: 90, wait: .seconds(100)))
        let fast = RoutedOffer(Self.offer("fast", cost: 30_000), window: Self.window(codes: 90, wait: .seconds(5)))
        #expect(Self.chosen([slow, fast]) == "fast")
        var patient = Self.steady
        patient.waitingPerSecond = .zero
        #expect(Self.chosen([slow, fast], policy: patient) == "slow")
    }

    @Test("one bad minute moves little, a bad hour moves the choice, and time forgives")
    func hysteresis() {
        var window = Self.window(codes: 60)
        let other = RoutedOffer(Self.offer("other", cost: 110_000), window: Self.window(codes: 60))
        func decide(at now: Timestamp) -> String? {
            Routing.decide(
                Self.wish(), among: [RoutedOffer(Self.offer("usual"), window: window), other], policy: Self.steady,
                now: now
            ).chosen?.offer.provider
        }
        window.note(.silence(after: .seconds(120)), at: start)
        #expect(decide(at: start) == "usual")
        for _ in 0..<40 { window.note(.silence(after: .seconds(120)), at: start) }
        #expect(decide(at: start) == "other")
        #expect(decide(at: start + .seconds(10 * 24 * 3600)) == "usual")
    }

    @Test("when all are slow, nothing moves")
    func allSlow() {
        for wait in [5, 50, 500] {
            let offers = [
                RoutedOffer(Self.offer("one", cost: 50_000), window: Self.window(codes: 50, wait: .seconds(wait))),
                RoutedOffer(Self.offer("two", cost: 60_000), window: Self.window(codes: 50, wait: .seconds(wait))),
            ]
            #expect(Self.chosen(offers) == "one")
        }
    }

    @Test("who served last goes on serving until another is better by enough")
    func proven() {
        let offers = [RoutedOffer(Self.offer("a", cost: 100_000)), RoutedOffer(Self.offer("b", cost: 101_000))]
        let last = OfferName(provider: "b", operator: "any")
        let decision = Routing.decide(Self.wish(), among: offers, last: last, policy: Self.steady, now: start)
        #expect(decision.chosen?.offer.provider == "b" && decision.reason == .proven)
        let dear = [RoutedOffer(Self.offer("a", cost: 100_000)), RoutedOffer(Self.offer("b", cost: 300_000))]
        #expect(Self.chosen(dear, last: last) == "a")
    }

    @Test("nothing is bought that the order does not allow, and the reason is told", arguments: Exclusion.allCases)
    func exclusions(_ exclusion: Exclusion) {
        var wrong = RoutedOffer(Self.offer("wrong", "x", cost: 1))
        var wish = Self.wish()
        var policy = Self.steady
        var now = start
        switch exclusion {
        case .otherOperator: wish.operator = "any good"
        case .otherProvider: wish.provider = "right"
        case .outOfStock: wrong.offer = Self.offer("wrong", "x", cost: 1, count: 0)
        case .overPrice: wrong.offer = Self.offer("wrong", "x", cost: 1_000_001)
        case .disabled: wrong.provider.isEnabled = false
        case .away: wrong.provider.isAway = true
        case .failing:
            var window = HealthWindow(at: start)
            for _ in 0..<3 { window.note(.refused(.later), at: start) }
            wrong.window = window
        case .recovering:
            // Of the whole provider, back a moment ago.
            var family = HealthWindow(at: start)
            for _ in 0..<3 { family.note(.unclear, at: start) }
            family.note(.code(after: .seconds(5)), at: start + .seconds(6))
            wrong.family = family
            policy.firstBack = 0
            now = start + policy.rest
        case .spared: wrong.provider.isSpared = true
        case .tried: wish.tried = [OfferName(wrong.offer)]
        }
        let right = RoutedOffer(Self.offer("right", exclusion == .otherOperator ? "any good" : "y"))
        let decision = Routing.decide(wish, among: [wrong, right], policy: policy, now: now)
        #expect(decision.chosen?.offer.provider == "right" && decision.reason == .only)
        #expect(decision.candidates.map(\.excluded) == [nil, exclusion])
        // What is only put off is taken when there is nothing else; what is not allowed never is.
        let alone = Routing.decide(wish, among: [wrong], policy: policy, now: now)
        #expect((alone.chosen != nil) == Exclusion.soft.contains(exclusion))
    }

    @Test(
        "what was tried is not tried again where it must not be, though its provider is away, failing or spared as well"
    )
    func triedOnce() {
        var window = HealthWindow(at: start)
        for _ in 0..<3 { window.note(.refused(.later), at: start) }
        for change in [
            { (_: inout RoutedOffer) in }, { $0.provider.isAway = true }, { $0.window = window },
            { $0.provider.isSpared = true },
        ] as [(inout RoutedOffer) -> Void] {
            var offer = RoutedOffer(Self.offer("usual"))
            change(&offer)
            for name in [OfferName(offer.offer), .all(of: "usual")] {
                var wish = Self.wish()
                wish.tried = [name]
                #expect(Routing.decide(wish, among: [offer], policy: Self.steady, now: start).chosen != nil)
                wish.repeats = false
                #expect(Routing.decide(wish, among: [offer], policy: Self.steady, now: start).chosen == nil)
            }
        }
    }

    @Test(
        "an outage is left at the third failure in a row, of the offer or of its provider, and tried when it has rested"
    )
    func outage() {
        var window = Self.window(codes: 50)
        window.note(.refused(.later), at: start)
        window.note(.unclear, at: start)
        let other = RoutedOffer(Self.offer("other", cost: 900_000))
        var policy = Self.steady
        policy.comeback = .seconds(1)
        func decide(_ usual: RoutedOffer, at now: Timestamp = start) -> String? {
            Routing.decide(Self.wish(), among: [usual, other], policy: policy, now: now).chosen?.offer.provider
        }
        #expect(decide(RoutedOffer(Self.offer("usual"), window: window)) == "usual")
        window.note(.refused(.later), at: start)
        for usual in [
            RoutedOffer(Self.offer("usual"), window: window), RoutedOffer(Self.offer("usual"), family: window),
        ] {
            #expect(decide(usual) == "other")
            #expect(decide(usual, at: start + policy.rest - .seconds(1)) == "other")
            #expect(decide(usual, at: start + policy.rest + policy.comeback) == "usual")
        }
    }

    @Test("what was out has a part of its orders first, and all of them again after the comeback")
    func comeback() {
        var window = Self.window(codes: 50)
        for _ in 0..<3 { window.note(.refused(.later), at: start) }
        // A code of a number that was bought before says nothing about buying; one bought since does.
        window.note(.code(after: .seconds(10)), at: start + .seconds(5))
        #expect(window.outagesInARow == 3)
        var sold = window
        sold.note(.code(after: .seconds(2)), at: start + .seconds(5))
        #expect(sold.outagesInARow == 0)
        // A refusal is an answer: whoever gives one is there.
        window.note(.refused(.outOfStock), at: start + .seconds(5))
        #expect(window.outagesInARow == 0 && window.outageAt == start)
        let offers = [
            RoutedOffer(Self.offer("usual"), window: window), RoutedOffer(Self.offer("other", cost: 900_000)),
        ]
        let policy = Self.steady
        func share(after age: Duration) -> Double {
            let ids = (0..<2000).map { ID(high: 0, low: UInt64($0) &* 0x9E37_79B9_7F4A_7C15) }
            let usual = ids.count { id in
                Routing.decide(Self.wish(id: id), among: offers, policy: policy, now: start + age)
                    .chosen?.offer.provider == "usual"
            }
            return Double(usual) / Double(ids.count)
        }
        #expect((0.08...0.12).contains(share(after: .zero)))
        #expect((0.45...0.55).contains(share(after: policy.rest + policy.comeback / 2)))
        #expect(share(after: policy.rest + policy.comeback) == 1)
    }

    @Test("a small share of orders tries what may be better, the same ones when it is decided again")
    func exploration() {
        var policy = RoutingPolicy()
        policy.exploration = 0.5
        let offers = [
            RoutedOffer(Self.offer("known", cost: 100_000), window: Self.window(codes: 80, silences: 20)),
            RoutedOffer(Self.offer("untried", cost: 90_000)),
            RoutedOffer(Self.offer("hopeless", cost: 90_000), window: Self.window(codes: 0, silences: 200)),
        ]
        var reasons: [RoutingReason: Int] = [:]
        for number in 0..<4000 {
            let id = ID(high: 0, low: UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
            let decision = Routing.decide(Self.wish(id: id), among: offers, policy: policy, now: start)
            #expect(decision == Routing.decide(Self.wish(id: id), among: offers, policy: policy, now: start))
            #expect(decision.chosen?.offer.provider != "hopeless")
            let led = decision.leader(after: nil)
            #expect(led == (decision.reason == .exploration ? nil : OfferName(offers[0].offer)))
            reasons[decision.reason ?? .only, default: 0] += 1
            // A second attempt has waited enough.
            let second = Routing.decide(Self.wish(attempt: 2, id: id), among: offers, policy: policy, now: start)
            #expect(second.reason == .cheapest)
        }
        // It is the best of them in some quarter of what may be true.
        #expect((250...900).contains(reasons[.exploration] ?? 0), "\(reasons)")
        #expect(reasons[.cheapest, default: 0] + reasons[.exploration, default: 0] == 4000)
    }

    @Test("a drawn chance is as often above a value as the Beta distribution says")
    func drawing() {
        let name = OfferName(provider: "fivesim", operator: "virtual4")
        for (mean, count) in [(0.5, 2.0), (0.9, 40), (0.02, 4), (0.3, 200)] {
            let draws = (0..<8000).map { number in
                Draw(ID(high: 0, low: UInt64(number))).chance(of: SuccessEstimate(mean: mean, count: count), name)
            }
            let middle = draws.reduce(0, +) / 8000
            let variance = draws.map { ($0 - middle) * ($0 - middle) }.reduce(0, +) / 8000
            let expected = mean * (1 - mean) / (count + 1)
            #expect(draws.allSatisfy { (0...1).contains($0) })
            #expect(abs(middle - mean) < 4 * (expected / 8000).squareRoot(), "\(mean) \(count): \(middle)")
            #expect(abs(variance / expected - 1) < 0.15, "\(mean) \(count): \(variance) \(expected)")
        }
        // With one code and one silence in all, any chance is as likely as any other.
        let even = (0..<8000).count { number in
            Draw(ID(high: 0, low: UInt64(number))).chance(of: SuccessEstimate(mean: 0.5, count: 2), name) < 0.25
        }
        #expect((1850...2150).contains(even), "\(even)")
    }

    @Test("the estimate lies within its bounds, which close in as orders come, and never leave 0 and 1")
    func estimates() {
        for codes in [0, 1, 5, 50, 5000] as [Double] {
            for silences in [0, 1, 5, 50, 5000] as [Double] {
                for belief in [0.02, 0.5, 0.98] {
                    let estimate = SuccessEstimate(codes: codes, trials: codes + silences, belief: belief)
                    #expect(0 <= estimate.lower && estimate.lower < estimate.mean)
                    #expect(estimate.mean < estimate.upper && estimate.upper <= 1)
                    #expect(estimate == SuccessEstimate(mean: estimate.mean, count: estimate.count))
                }
            }
        }
        func width(_ count: Double) -> Double {
            let estimate = SuccessEstimate(codes: count, trials: 2 * count, belief: 0.5)
            return estimate.upper - estimate.lower
        }
        #expect(width(0) > width(10) && width(10) > width(1000) && width(1000) < 0.05)
    }

    @Test("what nobody has tried is believed to be like its sisters, a little like what is stated of it")
    func beliefs() {
        var belief = Belief()
        #expect(belief.chance("one", stated: nil) == 0.5)
        let praised = belief.chance("one", stated: 0.9)
        #expect(praised > 0.55 && praised < 0.65)
        // One that serves nearly all orders does not speak for all: each counts once.
        belief.learn("one", codes: 190, trials: 200)
        for _ in 0..<20 { belief.learn("one", codes: 4, trials: 40) }
        for _ in 0..<20 { belief.learn("two", codes: 36, trials: 40) }
        #expect(belief.chance("one", stated: nil) < 0.2)
        #expect(belief.chance("two", stated: nil) > 0.75)
        // A provider that is new is like the others together.
        let new = belief.chance("three", stated: nil)
        #expect(new > 0.4 && new < 0.6)
    }

    @Test("what served thousands well and stops is left after some tens of orders, and a bad minute moves little")
    func collapse() {
        let other = RoutedOffer(Self.offer("other", cost: 101_000), window: Self.window(codes: 20, silences: 1))
        let last = OfferName(provider: "usual", operator: "any")
        var window = HealthWindow(at: start)
        var now = start
        for _ in 0..<5000 {
            now = now + .seconds(60)
            window.note(.code(after: .seconds(10)), at: now)
        }
        #expect(abs(window.trials - HealthWindow.memory) < 1)
        var lost = 0
        while Self.chosen([RoutedOffer(Self.offer("usual"), window: window), other], last: last) == "usual", lost < 300
        {
            now = now + .seconds(60)
            window.note(.silence(after: .seconds(120)), at: now)
            lost += 1
        }
        #expect((10...90).contains(lost), "\(lost)")
        // At ten orders a second, six hundred silences are one bad minute.
        window = HealthWindow(at: start)
        now = start
        for second in 0..<36_000 {
            now = start + .milliseconds(Int64(second) * 100)
            window.note(.code(after: .seconds(10)), at: now)
        }
        for _ in 0..<600 {
            now = now + .milliseconds(100)
            window.note(.silence(after: .seconds(120)), at: now)
        }
        let seen = window.seen(at: now)
        #expect((0.92...0.95).contains(seen.codes / seen.trials), "\(seen)")
    }

    @Test("a window fades by half, adds up, and tells waits of codes that came")
    func windows() {
        var window = Self.window(codes: 8, silences: 4, wait: .seconds(20))
        #expect(window.trials == 12 && window.wait(.half) == .seconds(20) && window.slowShare == 0)
        let later = window.faded(to: start + HealthWindow.halfLife)
        #expect(abs(later.codes - 4) < 1e-9 && abs(later.silences - 2) < 1e-9)
        #expect(later.wait(.half).map { abs($0.inSeconds - 20) < 0.01 } == true)
        // A number that was given up after a moment says nothing.
        window.note(.silence(after: .seconds(3)), at: start)
        #expect(window.silences == 4)
        for _ in 0..<8 { window.note(.code(after: .seconds(80)), at: start) }
        #expect(window.slowShare == 0.5)
        #expect(window.wait(.half).map { (39.9...40.1).contains($0.inSeconds) } == true)
        #expect(window.wait(.ninetyPercent).map { $0 > .seconds(80) } == true)
        let sum = window + later
        #expect(sum.at == later.at && abs(sum.codes - (16 / 2 + 4)) < 1e-9)
        // Of two codes nobody can say how long they take.
        #expect(Self.window(codes: 2).wait(.half) == nil)
    }
}
