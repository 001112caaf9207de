import BillingApp
import BillingCore
import Bus
import Contracts
import Database
import JSON
import Kit
import TestSupport
import Testing

extension BillingIntegration {
    @Suite("Everything at once")
    struct Interleavings {
        /// Sixteen senders, one connection each, hand in random batches about the same few accounts. Each answer that
        /// changed an account carries the version it made, so the order the database chose is known afterwards: the
        /// reference is led through the same changes in that order and must come to the same balance each time, and a
        /// declined hold must not have fitted the balance at the version it names.
        @Test("sixteen connections with random commands agree with the reference, change by change", arguments: 0..<2)
        func sixteenConnections(round: Int) async throws {
            try await TestLedger.with { ledger in
                let accounts = (0..<4).map { _ in ID.new() }
                let holds = Collected<(hold: ID, account: ID, amount: Int64)>()
                let again = Collected<IncomingCommand>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            for _ in 0..<25 {
                                var batch: [IncomingCommand] = []
                                for _ in 0..<Int.random(in: 1...8) {
                                    batch.append(Self.message(accounts, holds, again))
                                }
                                again.append(contentsOf: batch)
                                _ = try await ledger.send(batch)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await ledger.proof.run() == [])
                let answers = try await ledger.answers()
                for account in accounts {
                    // What was written together leaves by its kind, so that the order is that of the versions.
                    let told = answers.filter { $0.fact.balance.accountID == account }
                    try await check(account, told.sorted { $0.fact.balance.version < $1.fact.balance.version }, ledger)
                }
                #expect(answers.contains { $0.type.shortened == "declined" })
                #expect(answers.contains { $0.type.shortened == "voided" })
                #expect(answers.contains { $0.type.shortened == "posted" })
            }
        }

        private static func message(
            _ accounts: [ID], _ holds: Collected<(hold: ID, account: ID, amount: Int64)>,
            _ again: Collected<IncomingCommand>
        ) -> IncomingCommand {
            let account = accounts.randomElement() ?? .zero
            let known = holds.all.randomElement()
            switch (Int.random(in: 0..<12), known) {
            case (0..<2, _): return IncomingCommand(.topUp(account, Int64.random(in: 1...300)))
            case (2..<7, _), (_, nil):
                let hold = (hold: ID.new(), account: account, amount: Int64.random(in: 1...100))
                holds.append(hold)
                return IncomingCommand(.place(hold.hold, hold.account, hold.amount))
            case (7, let known?): return IncomingCommand(.place(known.hold, known.account, known.amount))
            case (8, let known?): return IncomingCommand(.void(known.hold, known.account))
            case (9..<11, let known?):
                let captured = Int64.random(in: 1...known.amount)
                return IncomingCommand(
                    .post(
                        known.hold, known.account, captured,
                        ProviderSettlement(.charge, "\(Int.random(in: 0..<50))", captured)))
            default: return again.all.randomElement() ?? IncomingCommand(.topUp(account, 1))
            }
        }

        private func check(_ account: ID, _ answers: [Answer], _ ledger: TestLedger) async throws {
            var reference = Ledger()
            var version: Int64 = 0
            // A change is the answer that first has its version; what has the version of an earlier one is a repeat or
            // a declined hold.
            let changes = answers.filter { $0.type.shortened != "declined" }
                .sorted { $0.fact.balance.version < $1.fact.balance.version }
            let declined = Dictionary(grouping: answers.filter { $0.type.shortened == "declined" }) {
                $0.fact.balance.version
            }
            func checkDeclined(at version: Int64) {
                var seen: Set<ID> = []
                for answer in declined[version] ?? [] where seen.insert(answer.fact.transferID).inserted {
                    #expect(answer.fact.balance.available == reference.available(account))
                    // A repeat of an earlier refusal may find more credit by now; the first one did not.
                    if reference.events.contains(
                        .declined(answer.fact.transferID, account: account, answer.fact.amount))
                    {
                        continue
                    }
                    let command = Command.place(answer.fact.transferID, account, answer.fact.amount.micro)
                    #expect(reference.apply(command) == .declined)
                }
            }
            checkDeclined(at: 0)
            for answer in changes where answer.fact.balance.version > version {
                let fact = answer.fact
                #expect(fact.balance.version == version + 1, "no change lacks its answer")
                version = fact.balance.version
                switch answer.type.shortened {
                case "topped_up":
                    #expect(reference.apply(.topUp(account, fact.amount.micro, id: fact.transferID)) == .toppedUp)
                case "placed":
                    #expect(reference.apply(.place(fact.transferID, account, fact.amount.micro)) == .placed)
                case "posted":
                    #expect(
                        reference.apply(.post(fact.transferID, account, fact.amount.micro)) == .posted(fact.amount))
                default:
                    #expect(reference.apply(.void(fact.transferID, account)) == .voided)
                }
                #expect(fact.balance.available == reference.available(account))
                #expect(fact.balance.held == reference.held(account))
                checkDeclined(at: version)
            }
            let row = try await ledger.account(account)
            #expect(row?.version ?? 0 == version)
            #expect(row?.available ?? 0 == reference.available(account).micro)
        }
    }
}
