import Contracts
import Kit
import Testing

@testable import VerificationCore

@Suite("How far a price list is known")
struct PriceMarkTests {
    private static func whole(
        _ version: Int, at second: Int, after: String? = nil, through: String? = nil
    ) -> ProviderPrices {
        var message = ProviderPrices()
        message.version = version
        message.fetchedAt = Timestamp(microseconds: Int64(second) * 1_000_000)
        message.after = after
        message.through = through
        return message
    }

    private static func change(_ version: Int, at second: Int) -> ProviderPrices {
        var message = whole(version, at: second)
        message.base = version - 1
        return message
    }

    private static func verdicts(_ messages: [ProviderPrices]) -> [PriceMark.Verdict] {
        var mark = PriceMark()
        return messages.map { mark.take($0) }
    }

    @Test("changes fit one after the other, and each once")
    func changes() {
        #expect(
            Self.verdicts([
                Self.whole(1, at: 10), Self.change(2, at: 20), Self.change(3, at: 30), Self.change(3, at: 30),
                Self.change(2, at: 20), Self.whole(1, at: 10),
            ]) == [.fits, .fits, .fits, .old, .old, .old])
    }

    @Test("a change of a list that is not known, or after a gap, says that something was missed")
    func gap() {
        #expect(Self.verdicts([Self.change(2, at: 20)]) == [.missed])
        #expect(
            Self.verdicts([
                Self.whole(1, at: 10), Self.change(3, at: 30), Self.whole(3, at: 40), Self.change(4, at: 50),
            ])
                == [.fits, .missed, .fits, .fits])
    }

    @Test("the parts of a list fit in their order, and a change only after the last")
    func parts() {
        let parts = [
            Self.whole(4, at: 10, through: "f"), Self.whole(4, at: 10, after: "f", through: "p"),
            Self.whole(4, at: 10, after: "p"),
        ]
        #expect(Self.verdicts(parts + [Self.change(5, at: 20)]) == [.fits, .fits, .fits, .fits])
        #expect(Self.verdicts([parts[0], Self.change(5, at: 20)]) == [.fits, .missed])
        #expect(Self.verdicts([parts[0], parts[2]]) == [.fits, .missed])
        #expect(Self.verdicts([parts[1]]) == [.missed])
        // A delivery that comes again begins where it began before.
        #expect(
            Self.verdicts([parts[0], parts[1], parts[0], parts[1], parts[2]]) == [.fits, .fits, .fits, .fits, .fits])
        #expect(Self.verdicts(parts + [parts[1], parts[2]]) == [.fits, .fits, .fits, .old, .old])
    }

    @Test("numbers that begin anew, and a clock that was set back, are newer all the same")
    func anew() {
        #expect(
            Self.verdicts([Self.whole(40, at: 10), Self.whole(1, at: 50), Self.change(2, at: 60)])
                == [.fits, .fits, .fits])
        #expect(
            Self.verdicts([Self.whole(1, at: 50), Self.change(2, at: 10), Self.whole(3, at: 5)]) == [
                .fits, .fits, .fits,
            ])
        // Of the list of before, a change that is made now does not fit.
        #expect(Self.verdicts([Self.whole(40, at: 10), Self.change(2, at: 60)]) == [.fits, .missed])
    }
}
