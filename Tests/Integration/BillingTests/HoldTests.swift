import BillingApp
import BillingCore
import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import Testing

extension BillingIntegration {
    @Suite("Holds in the database")
    struct Holds {
        @Test("200 holds at once against credit for 50 place exactly 50")
        func credit() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await ledger.send(.topUp(account, 50_000_000))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 {
                        group.addTask { try await ledger.send(.place(.new(), account, 1_000_000)) }
                    }
                    try await group.waitForAll()
                }
                let types = try await ledger.answers().map(\.type)
                #expect(types.filter { $0 == "billing.hold.placed.v1" }.count == 50)
                #expect(types.filter { $0 == "billing.hold.declined.v1" }.count == 150)
                let row = try #require(try await ledger.account(account))
                #expect(row.pending == 50_000_000 && row.available == 0 && row.version == 51)
                #expect(try await ledger.proof.run() == [])
            }
        }

        @Test("the same message a hundred times, at once and one after the other, takes effect and is answered once")
        func sameMessage() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                let message = IncomingCommand(.place(hold, account, 5))
                let topUp = IncomingCommand(.topUp(account, 100))
                try await ledger.send([topUp, topUp])
                try await withThrowingTaskGroup(of: [Outcome].self) { group in
                    for index in 0..<90 {
                        group.addTask { try await ledger.send(index % 3 == 0 ? [message, message] : [message]) }
                    }
                    for try await outcomes in group { #expect(outcomes.allSatisfy { $0 == .done }) }
                }
                for _ in 0..<10 { #expect(try await ledger.send([message, topUp]) == [.done, .done]) }
                #expect(
                    try await ledger.answers().map(\.type) == [
                        "billing.account.topped_up.v1", "billing.hold.placed.v1",
                    ])
                #expect(try await ledger.account(account)?.pending == 5)
                #expect(try await ledger.account(account)?.credits == 100)
            }
        }

        @Test("the same command in another message is answered again, with the first verdict and the balance of now")
        func sameCommand() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                let refused = ID.new()
                try await ledger.send(.topUp(account, 100), .place(hold, account, 40), .place(refused, account, 70))
                try await ledger.send(.topUp(account, 100))
                try await ledger.send(.place(hold, account, 40), .place(refused, account, 70))
                let answers = try await ledger.answers()
                #expect(
                    answers.map(\.type.shortened) == [
                        "topped_up", "placed", "declined", "topped_up", "placed", "declined",
                    ])
                #expect(answers[1].fact.balance.available.micro == 60 && answers[4].fact.balance.available.micro == 160)
                #expect(answers[4].fact.occurredAt == answers[1].fact.occurredAt)
                #expect(answers[2].fact.errorCode == "INSUFFICIENT_CREDIT" && answers[5].fact.errorCode != nil)
            }
        }

        @Test("answers name the account, its version, the order and what led to them")
        func headers() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                var message = IncomingCommand(.place(hold, account, 40))
                message.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
                try await ledger.send([IncomingCommand(.topUp(account, 100)), message])
                let headers = try await ledger.answers()[1].headers
                #expect(headers["nk-aggregate"]?.stringValue == account.description)
                #expect(headers["nk-version"]?.integerValue == 2)
                #expect(headers["correlation-id"]?.stringValue == hold.description)
                #expect(headers["nk-causation"]?.stringValue == message.id?.description)
                #expect(headers["traceparent"]?.stringValue == message.traceparent)
            }
        }

        @Test("a resolution that comes before its hold is retried under the same message id, and then takes effect")
        func early() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                let post = IncomingCommand(.post(hold, account, 30, ProviderSettlement(.charge, "1", 10)))
                #expect(try await ledger.send([post]) == [.retry(reason: "the hold is not known yet")])
                #expect(try await ledger.count("SELECT count(*) FROM transfers") == 0)
                try await ledger.send(.topUp(account, 100), .place(hold, account, 40))
                #expect(try await ledger.send([post]) == [.done])
                #expect(try await ledger.answers().last?.type == "billing.hold.posted.v1")
                #expect(try await ledger.account(account)?.available == 70)
            }
        }

        @Test("what can never succeed is parked with the reason, is not remembered, and harms nothing beside it")
        func parked() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                let tooMuch = IncomingCommand(.post(hold, account, 41))
                let outcomes = try await ledger.send([
                    IncomingCommand(id: .new(), type: PlaceHold.type, body: Array("{".utf8)),
                    IncomingCommand(.topUp(account, 100)),
                    IncomingCommand(id: .new(), type: "billing.hold.place.v9", body: Array("{}".utf8)),
                    IncomingCommand(.place(hold, account, 40)), tooMuch, IncomingCommand(.place(hold, account, 41)),
                    IncomingCommand(.topUp(account, 1_000_000_000_001)),
                    IncomingCommand(id: nil, type: TopUp.type, body: IncomingCommand(.topUp(account, 1)).body),
                ])
                func isParked(_ outcome: Outcome) -> Bool { if case .park = outcome { true } else { false } }
                #expect(outcomes.map(isParked) == [true, false, true, false, true, true, true, false])
                #expect(try await ledger.account(account)?.credits == 101)
                #expect(try await ledger.count("SELECT count(*) FROM inbox") == 2)
                let id = try #require(tooMuch.id)
                #expect(try await ledger.count("SELECT count(*) FROM inbox WHERE msg_id = \(id)") == 0)
            }
        }

        @Test("settlements are posted with the resolution, once each, and one that contradicts the first is counted")
        func settlements() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                let charge = ProviderSettlement(.charge, "77", 300)
                try await ledger.send(
                    .topUp(account, 1000), .place(hold, account, 500), .post(hold, account, 500, charge),
                    .settle([charge]))
                try await ledger.send(.post(hold, account, 500, charge))
                try await ledger.send(
                    .settle([
                        ProviderSettlement(.charge, "78", 50, isLoss: true), ProviderSettlement(.refund, "77", 300),
                    ]))
                try await ledger.send(.settle([ProviderSettlement(.charge, "77", 301)]))
                let sums = try await ledger.database.values(
                    String.self,
                    """
                    SELECT kind || ' ' || amount FROM transfers WHERE provider = '5sim' ORDER BY kind, amount
                    """)
                #expect(sums == ["charge 50", "charge 300", "refund 300"])
                #expect(ledger.metrics.counter("billing_settlement_conflicts_total", "").value == 1)
                #expect(try await ledger.proof.run() == [])

                #expect(try await ledger.count("SELECT roll_up()") > 0)
                let balances = try await ledger.database.values(
                    String.self,
                    """
                    SELECT concat_ws(' ', kind, name, credits - debits) FROM accounts WHERE kind <> 'customer' ORDER BY kind
                    """)
                #expect(
                    balances == [
                        "cost_of_sales 0", "provider 5sim 50", "provider_loss -50", "revenue 500",
                        "top_up_source -1000",
                    ])
                #expect(try await ledger.count("SELECT count(*) FROM movements") == 0)
                #expect(try await ledger.proof.run() == [])
            }
        }

        @Test("a settlement that comes again under its id is confirmed again, and posted once")
        func settlementAskedAgain() async throws {
            try await TestLedger.with { ledger in
                let command = IncomingCommand(.settle([ProviderSettlement(.charge, "77", 300)]))
                try await ledger.send([command])
                try await ledger.send([command, command])
                let answers = try await ledger.answers()
                #expect(answers.allSatisfy { $0.type == ProviderSettled.type } && answers.count >= 2)
                #expect(try answers.allSatisfy { try ProviderSettled(json: $0.body).settlementID == command.id })
                #expect(try await ledger.count("SELECT count(*) FROM transfers") == 1)
                #expect(ledger.metrics.counter("billing_settlement_conflicts_total", "").value == 0)
            }
        }

        @Test("the same new settlement in many batches at once is posted once")
        func settlementRace() async throws {
            try await TestLedger.with { ledger in
                let settlements = (0..<40).map { ProviderSettlement(.charge, "\($0)", 10, provider: "p\($0 % 7)") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<24 {
                        group.addTask { try await ledger.send(.settle(settlements.shuffled())) }
                    }
                    try await group.waitForAll()
                }
                #expect(try await ledger.count("SELECT count(*) FROM transfers") == 40)
                #expect(try await ledger.count("SELECT sum(credits)::bigint FROM movements") == 400)
                #expect(try await ledger.count("SELECT count(*) FROM accounts WHERE kind = 'provider'") == 7)
                #expect(try await ledger.proof.run() == [])
            }
        }

        @Test("roll-ups at once with each other and with holds lose no movement")
        func rollUps() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<60 {
                        group.addTask { try await ledger.send(.topUp(account, 7)) }
                        group.addTask { _ = try await ledger.count("SELECT roll_up()") }
                    }
                    try await group.waitForAll()
                }
                _ = try await ledger.count("SELECT roll_up()")
                #expect(try await ledger.count("SELECT debits FROM accounts WHERE kind = 'top_up_source'") == 420)
                #expect(try await ledger.proof.run() == [])
            }
        }
    }
}

extension String {
    /// `placed` of `billing.hold.placed.v1`.
    var shortened: String { split(separator: ".").dropLast().last.map(String.init) ?? self }
}
