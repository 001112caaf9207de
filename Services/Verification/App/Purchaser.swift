import Choosing
import Contracts
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// Makes the calls that buy. Each stands in the table of intents before it is made; here it is made once, and its
/// outcome recorded. What this process does not live to record, the reconciler finds.
final class Purchaser: Service {
    let name = "purchaser"

    struct Job: Sendable {
        let orderID: ID
        let attempt: Int
        let choice: OfferChoice
        let service: String
        let country: String
        let voice: Bool
        let areaCode: String?
        let traceparent: String?
        /// When the intent was written down.
        let openedAt: Timestamp
    }

    private let market: Market
    private let changes: ChangeQueue
    private let observations: Observations
    private let stock: StockRoom
    private let callLimit: Duration
    private let concurrency: Int
    private let log: Log
    private let latency: Histogram
    private let jobs: AsyncStream<Job>
    private let add: AsyncStream<Job>.Continuation

    init(
        _ market: Market, changes: ChangeQueue, observations: Observations, stock: StockRoom, callLimit: Duration,
        concurrency: Int, log: Log, metrics: Metrics
    ) {
        self.market = market
        self.changes = changes
        self.observations = observations
        self.stock = stock
        self.callLimit = callLimit
        self.concurrency = concurrency
        self.log = log
        latency = metrics.histogram("verification_purchase_seconds", "From the decision to buy to the recorded outcome")
        // Bounded by the consumers: an intent is opened only by a message in hand or by a sweep with a limit.
        (jobs, add) = AsyncStream.makeStream()
    }

    /// Takes the purchases that a committed change asked for.
    func react(to applied: Applied) {
        for effect in applied.effects {
            guard case .openIntent(let attempt, let choice) = effect else { continue }
            let order = applied.order
            add.yield(
                Job(
                    orderID: order.id, attempt: attempt, choice: choice, service: order.service,
                    country: order.country, voice: order.capability != .sms, areaCode: order.areaCode,
                    traceparent: applied.traceparent, openedAt: order.updatedAt))
        }
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency {
                group.addTask { for await job in self.jobs { await self.buy(job) } }
            }
        }
    }

    /// What was asked for before is still bought: its money is held, and its customer waits.
    func stop() { add.finish() }

    private func buy(_ job: Job) async {
        let started = ContinuousClock.now
        let trace = job.traceparent.flatMap { TraceContext(traceparent: $0) }
        await TraceContext.$current.withValue(trace) {
            await Tracer.process.span(
                "purchase", .internal,
                [
                    ("namaskah.order.id", .string(job.orderID.description)),
                    ("namaskah.order.attempt", .integer(Int64(job.attempt))),
                ]
            ) {
                let event = await outcome(of: job)
                crashpoint("purchase.before_record")
                await changes.submit(Change(orderID: job.orderID, event: event))
            }
        }
        latency.observe(started.duration(to: .now))
    }

    private func outcome(of job: Job) async -> OrderEvent {
        guard let provider = market[job.choice.provider] else {
            return .purchaseRefused(attempt: job.attempt, .ourMistake)
        }
        // Taken too late to be told, it is given back.
        if let number = await stock.take(for: job), isInTime(job) {
            crashpoint("purchase.after_taking")
            return .purchased(attempt: job.attempt, number)
        }
        var request = BuyRequest(
            country: job.country, product: job.service,
            operator: job.choice.operator == "any" ? nil : job.choice.operator, ceiling: job.choice.ceiling,
            voice: job.voice, deadline: callLimit)
        request.areaCode = job.areaCode
        // A second attempt is another purchase, and must not find the first.
        request.reference = "\(job.orderID)-\(job.attempt)"
        crashpoint("purchase.before_call")
        guard isInTime(job) else { return PurchaseCall.tooLate(attempt: job.attempt) }
        do {
            let told = try await buy(request, of: job, at: provider)
            crashpoint("purchase.after_call")
            guard
                let number = observations.number(
                    told, provider: job.choice.provider, order: job.orderID)
            else { return .purchaseUnclear(attempt: job.attempt, reason: "the answer names no number") }
            return .purchased(attempt: job.attempt, number)
        } catch {
            log.info(
                "a purchase was not made",
                [
                    "order.id": .string(job.orderID.description), "provider": .string(job.choice.provider),
                    "outcome": .string(error.label), "status": error.status.map { .integer(Int64($0)) } ?? .null,
                ])
            return Self.event(error, attempt: job.attempt)
        }
    }

    private func isInTime(_ job: Job) -> Bool {
        PurchaseCall.isInTime(openedAt: job.openedAt, now: observations.clock.now, limit: callLimit)
    }

    /// An area code is a wish: where its numbers cost more than may be paid, any number will do.
    private func buy(
        _ request: BuyRequest, of job: Job, at provider: any Provider
    ) async throws(ProviderError) -> ProviderOrder {
        do throws(ProviderError) { return try await provider.buy(request) } catch {
            guard error.kind == .overPrice, request.areaCode != nil, isInTime(job) else { throw error }
            var request = request
            request.areaCode = nil
            return try await provider.buy(request)
        }
    }

    private static func event(_ error: ProviderError, attempt: Int) -> OrderEvent {
        switch error.kind {
        case .outOfStock: .purchaseRefused(attempt: attempt, .outOfStock)
        case .overPrice: .purchaseRefused(attempt: attempt, .overPrice)
        case .account: .purchaseRefused(attempt: attempt, .account)
        case .ourMistake, .unsupported, .orderFinished: .purchaseRefused(attempt: attempt, .ourMistake)
        case .tooEarly, .retryLater, .down: .purchaseRefused(attempt: attempt, .later)
        case .ambiguous: .purchaseUnclear(attempt: attempt, reason: "\(error.endpoint) \(error.status ?? 0)")
        }
    }
}
