import BillingCore
import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime

/// A message to Billing, as far as Billing looks at it.
package struct IncomingCommand: Sendable {
    /// The message's id, when the sender gave it one that can be remembered.
    package var id: ID?
    package var type: String
    package var body: [UInt8]
    package var traceparent: String?

    package init(id: ID?, type: String, body: [UInt8], traceparent: String? = nil) {
        self.id = id
        self.type = type
        self.body = body
        self.traceparent = traceparent
    }

    package init(_ delivery: Delivery) {
        self.init(id: delivery.id, type: delivery.type, body: delivery.body, traceparent: delivery.traceparent)
    }
}

/// Takes batches of commands: one transaction each, in three round trips.
///
/// 1. BEGIN, open and lock the accounts, read what stands under the ids; then `Batch` decides each command in its order.
/// 2. Claim the messages that are done in the inbox; one that was done before is not answered again. Write what
///    providers settled, each once.
/// 3. Write customers' transfers, counters, our own movements and the answers; COMMIT.
///
/// The inbox comes after the decision because only a message that is done may be remembered: one that waits on the
/// retry ladder, or is parked and replayed, comes back under the same id. That is safe, since every decision is
/// idempotent by business key: of a repeated message nothing but a second answer could come, and that is dropped, except
/// where the sender repeats it under its id until it is answered, as it does with settlements.
///
/// Whoever calls `handle` at the same time as another gets a transaction of their own; accounts are locked in one order.
package final class CommandHandler: Sendable {
    /// Under which the inbox remembers.
    package static let consumer = "billing.commands"

    private let database: Database
    private let log: Log
    private let figures: Figures
    private let send: @Sendable (Outbox.Posted) -> Void

    /// `send` is called after each commit with the answers.
    package init(database: Database, log: Log, metrics: Metrics, send: @escaping @Sendable (Outbox.Posted) -> Void) {
        self.database = database
        self.log = log
        self.send = send
        figures = Figures(metrics)
    }

    /// One outcome for each message. Throws when nothing was stored.
    package func handle(_ messages: [IncomingCommand]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: messages.count)
        var readable: [Received] = []
        for (index, message) in messages.enumerated() {
            do {
                readable.append(
                    Received(
                        index: index, message: message, command: try Command(type: message.type, body: message.body)))
            } catch {
                outcomes[index] = .park(reason: error.reason)
                figures.malformed.add()
            }
        }
        guard !readable.isEmpty else { return outcomes }

        let received = readable
        let result = try await database.transaction { try await Self.run(received, in: $0) }
        crashpoint("billing.after_commit")
        send(result.posted)

        for (item, verdict) in zip(received, result.verdicts) {
            figures.count(item.command, verdict)
            tell(verdict, item.message)
            switch verdict {
            case .answer, .noted: break
            case .later(let reason): outcomes[item.index] = .retry(reason: reason)
            case .refused(let reason): outcomes[item.index] = .park(reason: reason)
            }
        }
        report(result.conflicts)
        return outcomes
    }

    private struct Received: Sendable {
        let index: Int
        let message: IncomingCommand
        let command: Command
    }

    private struct Result: Sendable {
        var verdicts: [Verdict]
        var conflicts: [SettlementConflict]
        var posted: Outbox.Posted
    }

    private static func run(_ received: [Received], in transaction: Transaction) async throws -> Result {
        let commands = received.map(\.command)
        let rows = try await transaction.rows(TakenRow.self, LedgerQueries.take(commands))
        var entries: [ID: Entry] = [:]
        for (command, row) in zip(commands, rows) {
            if let id = command.transferID, let entry = row.entry { entries[id] = entry }
        }
        var batch = Batch(accounts: rows.compactMap(\.account), entries: entries, at: .now)
        let verdicts = commands.map { batch.decide($0) }

        let done = zip(received, verdicts).filter { $1.isDone }.compactMap(\.0.message.id)
        let changes = batch.changes
        let settlements = changes.settlements
        let (claimed, conflicts) = try await transaction.rows(
            done.isEmpty ? nil : Query(ID.self, Inbox.statement(consumer, done)),
            settlements.isEmpty ? nil : Query(SettlementConflict.self, LedgerQueries.settle(settlements)))
        var fresh = Set(claimed.map(\.value))
        var answers: [OutgoingMessage] = []
        for (item, verdict) in zip(received, verdicts) {
            guard verdict.isDone else { continue }
            // Whoever sends it again has not had the answer.
            if case .noted = verdict, let id = item.message.id { answers.append(confirmation(of: id, item.message)) }
            // The first of two equal messages in one batch is the fresh one.
            let isFresh = item.message.id.map { fresh.remove($0) != nil } ?? true
            guard let told = verdict.answer(isFresh: isFresh) else { continue }
            answers.append(answer(told.kind, told.fact, to: item.message))
        }

        var statements: [SQL] = []
        if changes.touchesCustomers { statements.append(LedgerQueries.write(changes)) }
        crashpoint("billing.before_commit")
        let letters = Outbox.Letters(answers)
        let posted = try await transaction.commit(after: statements, letters.query)
        return Result(verdicts: verdicts, conflicts: conflicts, posted: letters.posted(posted))
    }

    private static func answer(
        _ kind: LedgerFact.Kind, _ fact: LedgerFact, to message: IncomingCommand
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: Channel.events.rawValue, routingKey: kind.rawValue, type: kind.rawValue, body: fact.json,
            correlationID: fact.orderID?.description, aggregate: fact.balance.accountID,
            version: Int(fact.balance.version), tenant: fact.balance.accountID, causation: message.id?.description,
            traceparent: message.traceparent)
    }

    private static func confirmation(of id: ID, _ message: IncomingCommand) -> OutgoingMessage {
        var settled = ProviderSettled()
        settled.settlementID = id
        return OutgoingMessage(
            exchange: Channel.events.rawValue, routingKey: ProviderSettled.type, type: ProviderSettled.type,
            body: settled.json, causation: id.description, traceparent: message.traceparent)
    }

    /// One line for each movement of an order's money, by which support can follow it.
    private func tell(_ verdict: Verdict, _ message: IncomingCommand) {
        guard case .answer(let kind, let fact, repeated: false) = verdict, let order = fact.orderID else { return }
        var metadata: [String: JSON] = [
            "order.id": .string(order.description), "ledger.fact": .string(kind.rawValue),
            "cause": .string(message.type),
        ]
        if let trace = TraceContext.traceID(of: message.traceparent) { metadata["trace_id"] = .string(trace) }
        log.info("an order's money moved", metadata)
    }

    /// The first settlement stands; that another was said later is for a person to look at.
    private func report(_ conflicts: [SettlementConflict]) {
        for conflict in conflicts {
            figures.conflicts.add()
            log.error(
                "a provider's settlement was said again with other contents",
                [
                    "provider": .string(conflict.provider), "provider.reference": .string(conflict.reference),
                    "settlement.kind": .string(conflict.kind), "settlement.said": .string(conflict.said.description),
                    "settlement.stands": .string(conflict.stands.description),
                ])
        }
    }

    private struct Figures: Sendable {
        let malformed: Counter
        let conflicts: Counter
        private let verdicts: [String: Counter]

        init(_ metrics: Metrics) {
            func counter(_ verdict: String) -> Counter {
                metrics.counter(
                    "billing_commands_total", "Commands by what became of them", [("verdict", verdict)])
            }
            malformed = counter("malformed")
            conflicts = metrics.counter(
                "billing_settlement_conflicts_total", "Settlements said again with other contents than the first time")
            let words = LedgerFact.Kind.allCases.map(\.rawValue) + ["repeated", "settled", "later", "refused"]
            verdicts = Dictionary(uniqueKeysWithValues: words.map { ($0, counter($0)) })
        }

        func count(_ command: Command, _ verdict: Verdict) {
            let word =
                switch verdict {
                case .answer(_, _, true): "repeated"
                case .answer(let kind, _, false): kind.rawValue
                case .noted: "settled"
                case .later: "later"
                case .refused: "refused"
                }
            verdicts[word]?.add()
        }
    }
}

extension Changes {
    fileprivate var touchesCustomers: Bool { !transfers.isEmpty || !declined.isEmpty }
}
