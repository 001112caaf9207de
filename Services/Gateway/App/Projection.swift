import Bus
import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Runtime

/// Keeps the read models like the facts that arrive. A batch is one transaction; a fact applies if its version is higher
/// than what is there, so that repeats and reordering change nothing. What is new is then told to connected clients.
struct Projection: Sendable {
    let database: Database
    let offers: OfferCache
    let credit: CreditGlance
    /// What is not heard of for so long is asked after.
    let silence: Duration
    let log: Log
    /// Tells this process's clients, and the other gateways.
    let announce: @Sendable ([LiveEvent]) -> Void
    /// Tells the other gateways of countries whose offers they have to read again.
    let announceOffers: @Sendable ([String]) -> Void

    private struct Batch {
        var facts = FactBatch()
        var ledger: [(kind: LedgerFact.Kind, fact: LedgerFact)] = []
        var events: [LiveEvent] = []
        /// What is to be said in the log about a fact that is new, by its id.
        var lines: [ID: [String: JSON]] = [:]
        var offers: [OffersChanged] = []
        var moves: [PricesChanged] = []
        var alerts: [PriceAlert] = []
        var providers: [String: ProviderStatus] = [:]
        var failovers: [ProviderFailover] = []
    }

    /// A country whose offers were stored, and the time under which they stand.
    private struct Moved: Row {
        let country: String
        let at: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            country = try columns.next()
            at = try columns.next()
        }
    }

    private struct Stored: Row {
        let id: ID
        let place: Int64
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            place = try columns.next()
        }
    }

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var batch = Batch()
        for (index, delivery) in deliveries.enumerated() {
            do throws(JSONFailure) { try Self.read(delivery, into: &batch) } catch {
                outcomes[index] = .park(reason: error.message)
            }
        }
        let read = batch
        let (new, moved) = try await database.transaction { transaction in
            try await self.store(read, in: transaction)
        }
        if !moved.isEmpty {
            await offers.invalidate(moved)
            announceOffers(moved.keys.sorted())
        }
        credit.note(read.ledger.map(\.fact.balance))
        let fresh = read.events.compactMap { event in
            new[event.id].map { place in
                var event = event
                event.place = place
                return event
            }
        }
        for event in fresh { if let line = read.lines[event.id] { log.info("an order is shown", line) } }
        announce(fresh)
        return outcomes
    }

    // MARK: - Reading

    private static func read(_ delivery: Delivery, into batch: inout Batch) throws(JSONFailure) {
        if let kind = VerificationFact.Kind(rawValue: delivery.type) {
            let json = try value(delivery)
            let fact = try VerificationFact(json)
            batch.facts.take(kind, fact)
            if let id = delivery.id {
                batch.events.append(
                    LiveEvent(
                        id: id, accountID: fact.accountID, type: delivery.type, fact: json, at: fact.updatedAt))
                var line: [String: JSON] = [
                    "order.id": .string(fact.verificationID.description), "order.state": .string(fact.status.text),
                    "order.version": .integer(Int64(fact.version)), "cause": .string(delivery.type),
                ]
                if let trace = TraceContext.traceID(of: delivery.traceparent) { line["trace_id"] = .string(trace) }
                batch.lines[id] = line
            }
        } else if let kind = LedgerFact.Kind(rawValue: delivery.type) {
            let json = try value(delivery)
            let fact = try LedgerFact(json)
            batch.ledger.append((kind, fact))
            if let id = delivery.id {
                batch.events.append(
                    LiveEvent(
                        id: id, accountID: fact.balance.accountID, type: delivery.type, fact: json,
                        at: fact.occurredAt))
            }
        } else if delivery.type == OffersChanged.type {
            batch.offers.append(try OffersChanged(json: delivery.body))
        } else if delivery.type == ProviderFailover.type {
            batch.failovers.append(try ProviderFailover(json: delivery.body))
        } else if delivery.type == PricesChanged.type {
            batch.moves.append(try PricesChanged(json: delivery.body))
        } else if delivery.type == PriceAlerts.type {
            batch.alerts += try PriceAlerts(json: delivery.body).alerts
        } else if delivery.type == ProviderStatus.type {
            let status = try ProviderStatus(json: delivery.body)
            if status.checkedAt > batch.providers[status.provider]?.checkedAt ?? Timestamp(microseconds: .min) {
                batch.providers[status.provider] = status
            }
        }
    }

    private static func value(_ delivery: Delivery) throws(JSONFailure) -> JSON {
        do { return try JSON(parsing: delivery.body) } catch {
            throw JSONFailure(fields: [FieldProblem(field: "", message: error.message)])
        }
    }

    // MARK: - Storing

    /// The places of events that are new, and the countries whose offers are others now.
    private func store(
        _ batch: Batch, in transaction: Transaction
    ) async throws -> (new: [ID: Int64], moved: [String: Timestamp]) {
        var statements: [SQL] = []
        let facts = batch.facts
        if !facts.states.isEmpty {
            statements.append(views(facts.states.values.sorted { $0.verificationID < $1.verificationID }))
        }
        if !facts.messages.isEmpty { statements.append(Self.messages(facts.messages)) }
        if !facts.calls.isEmpty { statements.append(Self.calls(facts.calls.values.sorted { $0.call.id < $1.call.id })) }
        if !facts.steps.isEmpty { statements.append(Self.steps(facts.steps)) }
        if !batch.ledger.isEmpty {
            statements.append(Self.movements(batch.ledger.filter { $0.kind != .holdDeclined }))
        }
        for moves in batch.moves { statements.append(PriceTables.moves(moves)) }
        if !batch.alerts.isEmpty { statements.append(PriceTables.alerts(batch.alerts)) }
        var moved: [Moved] = []
        if !batch.offers.isEmpty {
            // First of all, and in one order, so that two gateways take turns at a country.
            moved = try await transaction.rows(Moved.self, PriceTables.changed(Set(batch.offers.map(\.country))))
        }
        for offers in batch.offers { statements += PriceTables.offers(offers) }
        for status in batch.providers.values {
            statements.append(
                """
                INSERT INTO providers (name, status, checked_at) VALUES (\(status.provider),
                    \(JSON(of: status)), \(status.checkedAt))
                ON CONFLICT (name) DO UPDATE SET status = excluded.status, checked_at = excluded.checked_at
                WHERE providers.checked_at < excluded.checked_at
                """)
        }
        if !batch.failovers.isEmpty { statements.append(Self.failovers(batch.failovers)) }
        // Last, for batches of a busy account wait for each other from here to the end of the transaction.
        if !batch.ledger.isEmpty { statements.append(Self.balances(batch.ledger.map(\.fact.balance))) }
        let stored = try await transaction.commit(
            after: statements, batch.events.isEmpty ? nil : Query(Stored.self, Self.events(batch.events)))
        return (
            Dictionary(stored.map { ($0.id, $0.place) }, uniquingKeysWith: { first, _ in first }),
            Dictionary(moved.map { ($0.country, $0.at) }, uniquingKeysWith: max)
        )
    }

    /// Stores events, each at the next place of its account, and tells those that are new. The places of repeats stay
    /// empty.
    private static func events(_ events: [LiveEvent]) -> SQL {
        """
        WITH given AS (
            SELECT * FROM unnest(\(events.map(\.id)), \(events.map(\.accountID)), \(events.map(\.type)),
                \(events.map(\.fact)), \(events.map(\.at))) WITH ORDINALITY AS e (id, account_id, type, fact, at, turn)
        ), counted AS (
            INSERT INTO event_counts AS c (account_id, last)
            SELECT account_id, count(*) FROM given GROUP BY account_id ORDER BY account_id
            ON CONFLICT (account_id) DO UPDATE SET last = c.last + excluded.last
            RETURNING account_id, last
        )
        INSERT INTO events (id, account_id, type, fact, at, place)
        SELECT id, account_id, type, fact, at, last - count(*) OVER (PARTITION BY account_id)
            + row_number() OVER (PARTITION BY account_id ORDER BY turn)
        FROM given JOIN counted USING (account_id) ORDER BY turn
        ON CONFLICT (id) DO NOTHING RETURNING id, place
        """
    }

    private func views(_ facts: [VerificationFact]) -> SQL {
        """
        INSERT INTO verifications (id, account_id, version, status, service, country, capability, operator, provider,
            request_id, price, phone_sealed, expires_at, cancel_after, can_cancel, can_report, can_request_another,
            error_code, error_message, metadata, created_at, updated_at, ask_at)
        SELECT *, now() + make_interval(secs => \(silence.inSeconds)) FROM unnest(\(facts.map(\.verificationID)), \(facts.map(\.accountID)), \(facts.map(\.version)),
            \(facts.map(\.status.text)), \(facts.map(\.service)), \(facts.map(\.country)),
            \(facts.map(\.capability.text)), \(facts.map(\.operator)), \(facts.map(\.provider)),
            \(facts.map(\.requestID)), \(facts.map(\.price)), \(facts.map(\.phoneSealed)), \(facts.map(\.expiresAt)),
            \(facts.map(\.cancelAfter)), \(facts.map(\.canCancel)), \(facts.map(\.canReport)),
            \(facts.map(\.canRequestAnother)), \(facts.map(\.errorCode)), \(facts.map(\.errorMessage)),
            \(facts.map(\.metadata)), \(facts.map(\.createdAt)), \(facts.map(\.updatedAt)))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,
            operator = excluded.operator, provider = excluded.provider, phone_sealed = excluded.phone_sealed,
            expires_at = excluded.expires_at, cancel_after = excluded.cancel_after, can_cancel = excluded.can_cancel,
            can_report = excluded.can_report, can_request_another = excluded.can_request_another,
            error_code = excluded.error_code, error_message = excluded.error_message, updated_at = excluded.updated_at
        WHERE verifications.version < excluded.version
        """
    }

    private static func messages(_ messages: [(verification: ID, message: ReceivedMessage)]) -> SQL {
        """
        INSERT INTO messages (id, verification_id, sealed, has_code, received_at) SELECT * FROM unnest(
            \(messages.map(\.message.id)), \(messages.map(\.verification)), \(messages.map(\.message.sealed)),
            \(messages.map(\.message.hasCode)), \(messages.map(\.message.receivedAt)))
        ON CONFLICT DO NOTHING
        """
    }

    private static func calls(_ calls: [(verification: ID, version: Int, call: ReceivedCall)]) -> SQL {
        """
        INSERT INTO calls AS c (id, verification_id, version, sealed, status, has_code, received_at, duration_seconds,
            audio_type, audio_size)
        SELECT * FROM unnest(\(calls.map(\.call.id)), \(calls.map(\.verification)), \(calls.map(\.version)),
            \(calls.map(\.call.sealed)), \(calls.map(\.call.status.text)), \(calls.map(\.call.hasCode)),
            \(calls.map(\.call.receivedAt)), \(calls.map(\.call.durationSeconds)), \(calls.map(\.call.audioType)),
            \(calls.map(\.call.audioSize)))
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed, status = excluded.status,
            has_code = excluded.has_code, duration_seconds = excluded.duration_seconds,
            audio_type = excluded.audio_type, audio_size = excluded.audio_size
        WHERE c.version < excluded.version
        """
    }

    private static func steps(_ steps: [(verification: ID, step: TimelineStep)]) -> SQL {
        """
        INSERT INTO steps (verification_id, number, at, step, cause, provider, cost, trace_id) SELECT * FROM unnest(
            \(steps.map(\.verification)), \(steps.map(\.step.number)), \(steps.map(\.step.at)),
            \(steps.map(\.step.step)), \(steps.map(\.step.cause)), \(steps.map(\.step.provider)),
            \(steps.map(\.step.cost)), \(steps.map(\.step.traceID)))
        ON CONFLICT DO NOTHING
        """
    }

    private static func balances(_ balances: [AccountBalance]) -> SQL {
        var newest: [ID: AccountBalance] = [:]
        for balance in balances where balance.version > newest[balance.accountID]?.version ?? -1 {
            newest[balance.accountID] = balance
        }
        let rows = newest.values.sorted { $0.accountID < $1.accountID }
        return """
            INSERT INTO balances (account_id, available, held, version) SELECT * FROM unnest(\(rows.map(\.accountID)),
                \(rows.map(\.available)), \(rows.map(\.held)), \(rows.map(\.version)))
            ON CONFLICT (account_id) DO UPDATE SET available = excluded.available, held = excluded.held,
                version = excluded.version WHERE balances.version < excluded.version
            """
    }

    private static func movements(_ facts: [(kind: LedgerFact.Kind, fact: LedgerFact)]) -> SQL {
        """
        INSERT INTO movements (id, kind, account_id, verification_id, amount, reference, available, held, at)
        SELECT * FROM unnest(\(facts.map(\.fact.transferID)), \(facts.map { $0.kind.movement.rawValue }),
            \(facts.map(\.fact.balance.accountID)), \(facts.map(\.fact.orderID)), \(facts.map(\.fact.amount)),
            \(facts.map(\.fact.reference)), \(facts.map(\.fact.balance.available)),
            \(facts.map(\.fact.balance.held)), \(facts.map(\.fact.occurredAt)))
        ON CONFLICT DO NOTHING
        """
    }

    private static func failovers(_ failovers: [ProviderFailover]) -> SQL {
        """
        INSERT INTO failovers (id, at, kind, provider, before, after, cause, verification_id) SELECT * FROM unnest(
            \(failovers.map(\.id)), \(failovers.map(\.at)), \(failovers.map(\.kind.text)), \(failovers.map(\.provider)),
            \(failovers.map(\.before)), \(failovers.map(\.after)), \(failovers.map(\.cause)), \(failovers.map(\.orderID)))
        ON CONFLICT (id) DO NOTHING
        """
    }
}

extension LedgerFact.Kind {
    /// The word customers read in their transactions.
    fileprivate var movement: TransactionBody.Kind {
        switch self {
        case .holdPlaced, .holdDeclined: .hold
        case .holdPosted: .capture
        case .holdVoided: .release
        case .toppedUp: .topUp
        }
    }
}
