import BillingCore
import Contracts
import JSON
import Kit
import TestSupport
import Testing

@Suite("The ledger, whatever comes in whatever order")
struct LedgerPropertyTests {
    /// Every command about one hold, for all sequences of them.
    @Test("every sequence of five commands about one hold ends as the reference says")
    func smallWorld() {
        let account = Making.id(1)
        let hold = Making.id(100)
        let alphabet = [
            Making.topUp(Making.id(10), account, 100), Making.topUp(Making.id(11), account, 30),
            Making.place(hold, account, 110), Making.post(hold, account, 80), Making.post(hold, account, 0),
            Making.post(hold, account, 111), Making.void(hold, account),
        ]
        var sequences: [[Command]] = [[]]
        for _ in 0..<5 { sequences = sequences.flatMap { sequence in alphabet.map { sequence + [$0] } } }
        #expect(sequences.count == 16_807)
        for sequence in sequences {
            var ledger = Ledger()
            var store = Store()
            let expected = sequence.map { ledger.apply($0) }
            let verdicts = store.run(Array(sequence.prefix(2))) + store.run(Array(sequence.dropFirst(2)))
            guard verdicts.map(\.inShort) == expected, store.faults == [],
                store.accounts[account]?.available ?? .zero == ledger.available(account),
                store.accounts[account]?.pending ?? .zero == ledger.held(account)
            else {
                Issue.record("\(sequence) gives \(verdicts), the reference says \(expected); \(store.faults)")
                return
            }
        }
    }

    @Test(
        "random commands, doubled and out of order, in batches of any size, agree with the reference", arguments: 0..<60
    )
    func random(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        let accounts = (1...3).map(Making.id)
        var commands: [Command] = []
        for number in 0..<40 {
            let account = accounts.randomElement(using: &dice) ?? accounts[0]
            let hold = Making.id(1000 + number)
            let amount = Int64.random(in: 1...100, using: &dice)
            if number % 4 == 0 { commands.append(Making.topUp(Making.id(5000 + number), account, amount * 3)) }
            commands.append(Making.place(hold, account, amount))
            let settlements = [Making.settlement(.charge, "\(number % 30)", amount / 2)]
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: commands.append(Making.void(hold, account, settlements))
            case 1: commands.append(Making.post(hold, account, Int64.random(in: 0...110, using: &dice)))
            case 2: commands.append(Making.post(hold, account, amount, settlements))
            case 3: commands.append(.settle(settlements + [Making.settlement(.refund, "\(number % 30)", amount / 4)]))
            default: break
            }
        }
        commands += (0..<40).compactMap { _ in commands.randomElement(using: &dice) }
        // Neighbours change places, some far ones too.
        for _ in 0..<60 {
            let from = Int.random(in: commands.indices, using: &dice)
            let to = min(commands.count - 1, from + Int.random(in: 0...20, using: &dice))
            commands.swapAt(from, to)
        }

        var ledger = Ledger()
        var store = Store()
        var rest = commands[...]
        while !rest.isEmpty {
            let size = min(rest.count, Int.random(in: 1...12, using: &dice))
            let batch = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            #expect(store.run(batch).map(\.inShort) == batch.map { ledger.apply($0) }, "seed \(seed)")
            #expect(store.faults == [], "seed \(seed)")
        }
        for account in accounts {
            #expect(store.accounts[account]?.available ?? .zero == ledger.available(account))
            #expect(store.accounts[account]?.pending ?? .zero == ledger.held(account))
        }
        let captured = store.transfers.values.filter { $0.kind == .post }.reduce(Money.zero) { $0 + $1.amount }
        #expect(captured == ledger.revenue)
        let settled = ledger.events.filter { if case .settled = $0 { true } else { false } }
        #expect(store.transfers.values.filter { $0.provider != nil }.count == settled.count)
        // What came too early comes again; after that, all of it once more in any order changes nothing.
        let again = commands.shuffled(using: &dice)
        #expect(store.run(again).map(\.inShort) == again.map { ledger.apply($0) }, "seed \(seed)")
        let before = store.transfers
        for _ in 0..<3 { _ = store.run(commands.shuffled(using: &dice)) }
        let isUnchanged = store.transfers == before
        #expect(isUnchanged, "seed \(seed)")
        #expect(store.faults == [])
    }
}
