import BillingCore
import Contracts
import JSON
import Kit
import Testing

@Suite("Decisions")
struct BatchTests {
    private let account = Making.id(1)
    private let hold = Making.id(100)

    @Test("a hold sets credit aside and its fact carries the balance after it")
    func holdPlaced() throws {
        var store = Store()
        let verdicts = store.run([
            Making.topUp(Making.id(10), account, 500, reference: "card 1"), Making.place(hold, account, 200),
        ])
        #expect(verdicts.map(\.inShort) == [.toppedUp, .placed])
        let added = try #require(verdicts[0].fact)
        #expect(added.reference == "card 1" && added.amount.micro == 500 && added.orderID == nil)
        #expect(added.balance.available.micro == 500 && added.balance.version == 1)
        let placed = try #require(verdicts[1].fact)
        #expect(placed.transferID == hold && placed.orderID == hold && placed.amount.micro == 200)
        #expect(placed.balance.available.micro == 300 && placed.balance.held.micro == 200)
        #expect(placed.balance.version == 2 && placed.balance.accountID == account)
        #expect(store.faults == [])
    }

    @Test("credit can be held to the last micro-unit, and not one beyond")
    func lastUnit() {
        var store = Store()
        _ = store.run([Making.topUp(Making.id(10), account, 500)])
        #expect(
            store.run([
                Making.place(Making.id(101), account, 501), Making.place(Making.id(102), account, 500),
                Making.place(Making.id(103), account, 1),
            ]).map(\.inShort) == [.declined, .placed, .declined])
        #expect(store.accounts[account]?.available == .zero)
    }

    @Test("a hold on an account that nobody ever topped up is declined for too little credit")
    func unknownAccount() throws {
        var store = Store()
        let fact = try #require(store.run([Making.place(hold, account, 1)])[0].fact)
        #expect(fact.errorCode == "INSUFFICIENT_CREDIT")
        #expect(fact.balance.available == .zero && fact.balance.version == 0 && fact.amount.micro == 1)
    }

    @Test("a declined hold stays declined, even when there is credit by then")
    func declinedStays() {
        var store = Store()
        #expect(store.run([Making.place(hold, account, 5)]).map(\.inShort) == [.declined])
        _ = store.run([Making.topUp(Making.id(10), account, 500)])
        let again = store.run([Making.place(hold, account, 5)])[0]
        #expect(again.inShort == .declined && again.isRepeated)
        #expect(again.fact?.balance.available.micro == 500)
        #expect(store.faults == [])
    }

    @Test("a post captures its amount, releases the rest, and revenue receives what was captured")
    func postReleasesRest() throws {
        var store = Store()
        _ = store.run([Making.topUp(Making.id(10), account, 500), Making.place(hold, account, 200)])
        let fact = try #require(store.run([Making.post(hold, account, 150)])[0].fact)
        #expect(fact.amount.micro == 150)
        #expect(fact.balance.available.micro == 350 && fact.balance.held == .zero && fact.balance.version == 3)
        let resolution = try #require(store.transfers.values.first { $0.kind == .post })
        #expect(resolution.released.micro == 50 && resolution.credit == Chart.revenue)
    }

    @Test("a void, and a post of nothing, release all")
    func voids() {
        for command in [Making.void(hold, account), Making.post(hold, account, 0)] {
            var store = Store()
            _ = store.run([Making.topUp(Making.id(10), account, 500), Making.place(hold, account, 200)])
            let verdict = store.run([command])[0]
            #expect(verdict.inShort == .voided && verdict.fact?.amount.micro == 200)
            #expect(store.accounts[account]?.available.micro == 500)
        }
    }

    @Test("whichever resolution comes first stands, and every later one is answered with it and changes nothing")
    func firstResolutionStands() {
        let ways = [Making.post(hold, account, 150), Making.post(hold, account, 20), Making.void(hold, account)]
        for first in ways {
            for second in ways {
                for together in [true, false] {
                    var store = Store()
                    _ = store.run([Making.topUp(Making.id(10), account, 500), Making.place(hold, account, 200)])
                    let verdicts = together ? store.run([first, second]) : store.run([first]) + store.run([second])
                    #expect(verdicts[0].inShort == verdicts[1].inShort)
                    #expect(!verdicts[0].isRepeated && verdicts[1].isRepeated)
                    #expect(verdicts[0].fact == verdicts[1].fact, "the same fact, the same moment, the same version")
                    #expect(store.faults == [])
                }
            }
        }
    }

    @Test("a resolution of a hold that is not known waits for it")
    func unknownHold() {
        var store = Store()
        _ = store.run([Making.topUp(Making.id(10), account, 500)])
        let early = store.run([
            Making.void(hold, account, [Making.settlement(.charge, "1", 10)]), Making.place(hold, account, 5),
        ])
        #expect(early.map(\.inShort) == [.later, .placed])
        #expect(!store.transfers.values.contains { $0.kind == .charge }, "what waits has no part of it done")
        #expect(store.run([Making.void(hold, account)]).map(\.inShort) == [.voided])
    }

    @Test("a declined hold can be voided, which says again that it was declined, but nothing can be captured of it")
    func resolveDeclined() {
        var store = Store()
        _ = store.run([Making.place(hold, account, 5)])
        let verdict = store.run([Making.void(hold, account, [Making.settlement(.charge, "1", 10, isLoss: true)])])[0]
        #expect(verdict.inShort == .declined && verdict.isRepeated)
        #expect(store.transfers.values.map(\.kind) == [.charge])
        #expect(store.run([Making.post(hold, account, 5)])[0].reason?.contains("declined") == true)
    }

    @Test("capturing more than was held is refused, and the hold stays open")
    func tooMuch() {
        var store = Store()
        _ = store.run([Making.topUp(Making.id(10), account, 500), Making.place(hold, account, 200)])
        #expect(store.run([Making.post(hold, account, 201)])[0].reason?.contains("cannot be captured") == true)
        #expect(store.accounts[account]?.pending.micro == 200)
        #expect(store.run([Making.post(hold, account, 200)]).map(\.inShort) == [.posted(Money(micro: 200))])
    }

    @Test(
        "an id that was used with other contents is refused and changes nothing",
        arguments: [
            Making.place(Making.id(100), Making.id(1), 201), Making.place(Making.id(100), Making.id(2), 200),
            Making.place(Making.id(100), Making.id(1), 200, order: Making.id(5)),
            Making.place(Making.id(10), Making.id(1), 200), Making.topUp(Making.id(10), Making.id(1), 501),
            Making.topUp(Making.id(10), Making.id(2), 500), Making.topUp(Making.id(100), Making.id(1), 200),
            Making.void(Making.id(100), Making.id(2)), Making.void(Making.id(100), Making.id(1), order: Making.id(5)),
            Making.void(Making.id(10), Making.id(1)), Making.topUp(Making.id(101), Making.id(1), 900),
            Making.place(Making.id(101), Making.id(1), 901), Making.void(Making.id(101), Making.id(2)),
        ])
    func otherContents(command: Command) {
        var store = Store()
        let before = [
            Making.topUp(Making.id(10), Making.id(1), 500), Making.place(Making.id(100), Making.id(1), 200),
            Making.place(Making.id(101), Making.id(1), 900),
        ]
        #expect(store.run(before).map(\.inShort) == [.toppedUp, .placed, .declined])
        let transfers = store.transfers
        #expect(store.run([command]).map(\.inShort) == [.refused])
        #expect(store.transfers == transfers && store.accounts[Making.id(1)]?.version == 2)
        var together = Store()
        #expect(together.run(before + [command]).map(\.inShort).last == .refused, "in one batch as well")
    }

    @Test("the id of a resolution or settlement cannot be a hold's or a top-up's")
    func otherTransfer() {
        let other: [ID: Entry] = [hold: .other]
        let customer = Account(id: account, kind: .customer, credits: Money(micro: 500))
        for command in [
            Making.place(hold, account, 1), Making.topUp(hold, account, 1), Making.void(hold, account),
        ] {
            var batch = Batch(accounts: [customer], entries: other, at: .now)
            #expect(batch.decide(command).inShort == .refused)
            #expect(batch.changes.isEmpty)
        }
    }

    @Test("no command can touch an account of ours", arguments: AccountKind.allCases.filter { $0 != .customer })
    func platformAccounts(kind: AccountKind) {
        let ours = Account(id: Chart.revenue, kind: kind, credits: Money(micro: 1_000_000))
        var batch = Batch(accounts: [ours], entries: [:], at: .now)
        #expect(batch.decide(Making.place(hold, ours.id, 1)).inShort == .refused)
        #expect(batch.decide(Making.topUp(hold, ours.id, 1)).inShort == .refused)
        #expect(batch.changes.isEmpty)
    }

    @Test("credit that would not fit into 64 bits is refused, not wrapped")
    func overflow() {
        let full = Account(id: account, kind: .customer, credits: Money(micro: .max - 10))
        var batch = Batch(accounts: [full], entries: [:], at: .now)
        #expect(batch.decide(Making.topUp(Making.id(1), account, 11)).inShort == .refused)
        #expect(batch.decide(Making.topUp(Making.id(2), account, 10)).inShort == .toppedUp)
    }

    @Test("a provider's charge costs us, its refund gives back, and losses are kept apart from the cost of sales")
    func settlements() {
        var store = Store()
        #expect(
            store.run([
                .settle([
                    Making.settlement(.charge, "1", 100), Making.settlement(.refund, "1", 100),
                    Making.settlement(.charge, "2", 70, isLoss: true), Making.settlement(.charge, "3", 0),
                ])
            ]) == [.noted])
        let provider = Chart.provider("5sim")
        let sides = store.transfers.values.map { [$0.debit, $0.credit] }
        #expect(sides.count == 3, "what cost nothing is not booked")
        #expect(sides.contains([Chart.costOfSales, provider]) && sides.contains([provider, Chart.costOfSales]))
        #expect(sides.contains([Chart.providerLoss, provider]))
    }

    @Test("a settlement counts once for each provider, reference and kind, also within one batch")
    func settlementsOnce() {
        var store = Store()
        let one = Making.settlement(.charge, "1", 100)
        _ = store.run([.settle([one, one]), .settle([one])])
        _ = store.run([.settle([one, Making.settlement(.charge, "1", 100, provider: "sms-activate")])])
        #expect(store.transfers.count == 2 && store.faults == [])
    }

    @Test("settlements that come with a repeated resolution are booked all the same")
    func lateSettlement() {
        var store = Store()
        _ = store.run([
            Making.topUp(Making.id(10), account, 500), Making.place(hold, account, 200),
            Making.post(hold, account, 200),
        ])
        _ = store.run([Making.post(hold, account, 200, [Making.settlement(.charge, "1", 90)])])
        let charge = store.transfers.values.first { $0.kind == .charge }
        #expect(charge?.amount.micro == 90 && charge?.orderID == hold)
    }
}
