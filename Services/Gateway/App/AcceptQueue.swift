import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import Synchronization

/// What a create request writes: the row its owner reads, the command to Verification, and the key of the request.
struct Acceptance: Sendable {
    let request: VerificationRequest
    let key: IdempotencyKey?
    /// The answer to a repeat, where it is known already: when the caller does not wait.
    let answer: (status: Int, location: String, body: [UInt8])?
    /// How long the caller waits for an answer otherwise.
    let wait: Duration
    let traceparent: String?
    /// The quote whose price it has; it is used up with it.
    var quote: ID?
}

/// Lets requests that arrive together share a transaction: those that come while one is under way go into the next.
/// Returns when the commit is on disk.
final class AcceptQueue: Service {
    let name = "accept"
    private static let batchLimit = 128
    /// Further writers begin only with so many: two small transactions cost more than one of both.
    private static let crowd = 32

    enum Verdict: Sendable {
        case accepted
        /// Another request with the same key was first.
        case repeated
        /// Its quote was used by another, or has run out.
        case quoteIsGone
    }

    private struct Waiting {
        let acceptance: Acceptance
        let done: CheckedContinuation<Result<Verdict, any Error>, Never>
    }
    private struct State {
        var waiting: [Waiting] = []
        var busyWriters = 0
        var isClosed = false
    }
    private struct Key: Row, Hashable {
        let account: ID
        let key: String
        init(account: ID, key: String) {
            self.account = account
            self.key = key
        }
        init(_ columns: inout Columns) throws(DatabaseError) {
            account = try columns.next()
            key = try columns.next()
        }
    }

    private let database: Database
    private let relay: OutboxRelay
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation
    private let writers: Int
    let silence: Duration
    private let log: Log

    /// What is not heard of for `silence` is asked after.
    init(_ database: Database, relay: OutboxRelay, writers: Int = 2, silence: Duration, log: Log) {
        self.database = database
        self.relay = relay
        self.writers = writers
        self.silence = silence
        self.log = log
        (signal, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(writers))
    }

    func accept(_ acceptance: Acceptance) async throws -> Verdict {
        let result: Result<Verdict, any Error> = await withCheckedContinuation { done in
            let isOpen = state.withLock { state in
                if !state.isClosed { state.waiting.append(Waiting(acceptance: acceptance, done: done)) }
                return !state.isClosed
            }
            if isOpen {
                ring.yield()
            } else {
                done.resume(returning: .failure(Problem(.unavailable, "The service is stopping.", retryAfter: 1)))
            }
        }
        return try result.get()
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<writers {
                group.addTask {
                    for await _ in self.signal {
                        while let batch = self.next() {
                            await self.store(batch)
                            self.state.withLock { $0.busyWriters -= 1 }
                        }
                    }
                }
            }
        }
    }

    /// What to store now; nil when there is nothing, or when the writer that is at work takes it next.
    private func next() -> [Waiting]? {
        state.withLock { state in
            let enough = state.busyWriters == 0 ? 1 : Self.crowd
            guard state.waiting.count >= enough else { return nil }
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            state.busyWriters += 1
            return batch
        }
    }

    func stop() {
        let left = state.withLock { state in
            state.isClosed = true
            return state.waiting.isEmpty
        }
        // Whoever waits is still served by the turn that the ring brings about.
        if !left { ring.yield() }
        ring.finish()
    }

    private func store(_ batch: [Waiting]) async {
        do {
            let acceptances = batch.map(\.acceptance)
            let (verdicts, posted) = try await database.transaction { transaction in
                try await self.store(acceptances, in: transaction)
            }
            crashpoint("accept.after_commit")
            relay.send(posted)
            for (waiting, verdict) in zip(batch, verdicts) {
                if verdict == .accepted { tell(waiting.acceptance) }
                waiting.done.resume(returning: .success(verdict))
            }
        } catch {
            for waiting in batch { waiting.done.resume(returning: .failure(error)) }
        }
    }

    /// The first line about an order, by which support can follow it.
    private func tell(_ acceptance: Acceptance) {
        var metadata: [String: JSON] = [
            "order.id": .string(acceptance.request.verificationID.description), "order.state": "pending",
            "cause": "request",
        ]
        if let trace = TraceContext.traceID(of: acceptance.traceparent) { metadata["trace_id"] = .string(trace) }
        log.info("an order was taken", metadata)
    }

    /// What became of each, and what those that are new sent.
    private func store(
        _ batch: [Acceptance], in transaction: Transaction
    ) async throws -> ([Verdict], Outbox.Posted) {
        // Sorted, so that two gateways that insert the same keys do not wait for each other in a circle.
        let keyed = batch.filter { $0.key != nil }.sorted { ($0.key?.key ?? "") < ($1.key?.key ?? "") }
        var firsts: Set<Key> = []
        if !keyed.isEmpty {
            let rows = try await transaction.rows(
                Key.self,
                """
                INSERT INTO idempotency (account_id, key, request_hash, resource, status, location, body, answer_by)
                SELECT a, k, h, r, s, l, b, now() + w * interval '1 second'
                FROM unnest(\(keyed.map { $0.key?.account ?? .zero }), \(keyed.map { $0.key?.key ?? "" }),
                    \(keyed.map { $0.key?.hash ?? [] }), \(keyed.map(\.request.verificationID)),
                    \(keyed.map { $0.answer?.status }), \(keyed.map { $0.answer?.location }),
                    \(keyed.map { $0.answer?.body }), \(keyed.map { StoredAnswer.seconds(waiting: $0.wait) }))
                    AS t (a, k, h, r, s, l, b, w)
                ON CONFLICT DO NOTHING RETURNING account_id, key
                """)
            firsts = Set(rows)
        }
        crashpoint("accept.after_keys")
        // Of two requests of this batch with the same key, the first in line has it.
        let firstsOfBatch = batch.map { acceptance in
            acceptance.key.map { firsts.remove(Key(account: $0.account, key: $0.key)) != nil } ?? true
        }
        let users = try await useQuotes(of: zip(batch, firstsOfBatch).filter(\.1).map(\.0), in: transaction)
        var new: [Acceptance] = []
        var refused: [IdempotencyKey] = []
        let verdicts = zip(batch, firstsOfBatch).map { acceptance, isFirst -> Verdict in
            guard isFirst else { return .repeated }
            if acceptance.quote != nil, !users.contains(acceptance.request.verificationID) {
                if let key = acceptance.key { refused.append(key) }
                return .quoteIsGone
            }
            new.append(acceptance)
            return .accepted
        }
        // A request that is refused leaves nothing behind, so that its key can be used again.
        var statements: [SQL] = []
        if !refused.isEmpty {
            statements.append(
                """
                DELETE FROM idempotency i USING unnest(\(refused.map(\.account)), \(refused.map(\.key)))
                    AS r (account_id, key)
                WHERE i.account_id = r.account_id AND i.key = r.key
                """)
        }
        guard !new.isEmpty else {
            if !statements.isEmpty { try await transaction.pipeline(statements) }
            return (verdicts, Outbox.Posted())
        }
        let messages = new.map(Self.message)
        // Without keys and quotes this is the whole transaction, in one round trip.
        let letters = Outbox.Letters(messages)
        let rows = try await transaction.commit(after: statements + [insert(new.map(\.request))], letters.query)
        return (verdicts, letters.posted(rows))
    }

    /// Uses up the quotes of requests that are no repeats: the verifications that have theirs now. Of two that name the
    /// same quote the first has it.
    private func useQuotes(of batch: [Acceptance], in transaction: Transaction) async throws -> Set<ID> {
        let quoted = batch.compactMap { acceptance in acceptance.quote.map { (quote: $0, request: acceptance.request) }
        }
        guard !quoted.isEmpty else { return [] }
        return Set(
            try await transaction.values(
                ID.self,
                """
                WITH held AS MATERIALIZED (
                    SELECT id FROM quotes WHERE id = ANY(\(quoted.map(\.quote))) AND used_by IS NULL
                        AND expires_at > now() ORDER BY id FOR UPDATE
                ), taken AS (
                    SELECT DISTINCT ON (n.quote) n.* FROM unnest(\(quoted.map(\.quote)),
                        \(quoted.map(\.request.verificationID)), \(quoted.map(\.request.accountID)))
                        WITH ORDINALITY AS n (quote, verification, account, turn)
                    ORDER BY n.quote, n.turn
                )
                UPDATE quotes q SET used_by = t.verification FROM taken t JOIN held h ON h.id = t.quote
                WHERE q.id = t.quote AND q.account_id = t.account AND q.used_by IS NULL
                RETURNING q.used_by
                """))
    }

    private func insert(_ requests: [VerificationRequest]) -> SQL {
        """
        INSERT INTO verifications (id, account_id, version, status, service, country, capability, operator,
            asked_operator, area_code, pinned_provider, price, ceiling, metadata, can_cancel, can_report,
            can_request_another, created_at, updated_at, ask_at)
        SELECT id, account_id, 0, 'pending', service, country, capability, operator, operator, area_code, pinned_provider,
            price, ceiling, metadata, true, false, false, at, at, now() + make_interval(secs => \(silence.inSeconds))
        FROM unnest(\(requests.map(\.verificationID)), \(requests.map(\.accountID)), \(requests.map(\.service)),
            \(requests.map(\.country)), \(requests.map(\.capability.text)), \(requests.map(\.operator)),
            \(requests.map(\.areaCode)), \(requests.map(\.provider)), \(requests.map(\.price)),
            \(requests.map(\.ceiling)), \(requests.map(\.metadata)), \(requests.map(\.requestedAt)))
            AS r(id, account_id, service, country, capability, operator, area_code, pinned_provider, price, ceiling, metadata,
                at)
        ON CONFLICT DO NOTHING
        """
    }

    private static func message(_ acceptance: Acceptance) -> OutgoingMessage {
        let request = acceptance.request
        return OutgoingMessage(
            exchange: VerificationRequest.channel.rawValue, routingKey: VerificationRequest.type,
            type: VerificationRequest.type, body: request.json, correlationID: request.verificationID.description,
            aggregate: request.verificationID, tenant: request.accountID, traceparent: acceptance.traceparent)
    }
}
