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

/// Takes batches of commands: one transaction each, in three round trips (four when providers settled something).
///
/// 1. BEGIN, open and lock the accounts, read what stands under the ids; then `Batch` decides each command in its order.
/// 2. Claim the messages that are done in the inbox; one that was done before is not answered again.
/// 3. Write transfers, counters, our own movements and the answers; COMMIT.
///
/// The inbox comes after the decision because only a message that is done may be remembered: one that waits on the
/// retry ladder, or is parked and replayed, comes back under the same id. That is safe, since every decision is
/// idempotent by business key: of a repeated message nothing but a second answer could come, and that is dropped.
///
/// Whoever calls `handle` at the same time as another gets a transaction of their own; accounts are locked in one order.
package final class CommandHandler: Sendable {
    /// Under which the inbox remembers.
    package static let consumer = "billing.commands"

    private let database: Database
    private let log: Log
    private let figures: Figures
    private let committed: @Sendable () -> Void

    /// `committed` is called after each commit, to wake the relay.
    package init(database: Database, log: Log, metrics: Metrics, committed: @escaping @Sendable () -> Void) {
        self.database = database
        self.log = log
        self.committed = committed
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
        committed()

        for (item, verdict) in zip(received, result.verdicts) {
            figures.count(item.command, verdict)
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
        var fresh = try await Inbox.claim(consumer, done, in: transaction)
        var answers: [OutgoingMessage] = []
        for (item, verdict) in zip(received, verdicts) {
            guard verdict.isDone else { continue }
            // The first of two equal messages in one batch is the fresh one.
            let isFresh = item.message.id.map { fresh.remove($0) != nil } ?? true
            guard case .answer(let kind, let fact, let repeated) = verdict, isFresh || !repeated else { continue }
            answers.append(answer(kind, fact, to: item.message))
        }

        let changes = batch.changes
        var conflicts: [SettlementConflict] = []
        if !changes.settlements.isEmpty {
            conflicts = try await transaction.rows(SettlementConflict.self, LedgerQueries.settle(changes.settlements))
        }
        var statements: [SQL] = []
        if changes.touchesCustomers { statements.append(LedgerQueries.write(changes)) }
        if !answers.isEmpty { statements.append(Outbox.insert(answers)) }
        crashpoint("billing.before_commit")
        try await transaction.commit(after: statements)
        return Result(verdicts: verdicts, conflicts: conflicts)
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

extension Verdict {
    fileprivate var isDone: Bool {
        switch self {
        case .answer, .noted: true
        case .later, .refused: false
        }
    }
}

extension Changes {
    fileprivate var touchesCustomers: Bool { !transfers.isEmpty || !declined.isEmpty }
}
