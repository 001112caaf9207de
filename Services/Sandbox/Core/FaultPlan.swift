/// A wrong thing the provider is to do.
package struct Fault: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Answers with `status` and `text` instead of doing anything.
        case status
        /// The same with status 400 unless told otherwise; for refusals by their words.
        case text
        /// A gateway's HTML page with status 502, nothing done.
        case html502
        /// The same, but everything was done.
        case html502AfterExecution = "html502_after_execution"
        /// Does everything and then is silent for `delay`, two minutes unless told otherwise.
        case timeoutAfterExecution = "timeout_after_execution"
        /// Does nothing and is silent.
        case hang
        /// Cuts the connection without an answer, nothing done; or after everything was done.
        case reset
        case resetAfterExecution = "reset_after_execution"
        /// Does everything and answers 200 with bytes that are no JSON.
        case garbage
        /// Does everything and answers 200 with an HTML page.
        case html200
        /// Does everything, announces the whole answer and cuts the connection in the middle of it.
        case truncated
        /// Does everything, `delay` late.
        case latency
        /// Answers with the id of an order that does not exist.
        case wrongID = "wrong_id"
        /// Buys, and answers with the id of the order before.
        case duplicateID = "duplicate_id"
        /// Does everything and answers 200 with `null`.
        case null
        case noFreePhones = "no_free_phones"
        case notEnoughBalance = "not_enough_balance"
        case serverOffline = "server_offline"
        case rateLimit = "rate_limit"
        case addressLimit = "ip_limit"
        /// The edge in front of the provider does not like the client.
        case edgeBlock = "edge_block"
        case unauthorized
        case internalError = "internal_error"

        /// Whether the request is carried out although the answer is wrong.
        package var executes: Bool {
            switch self {
            case .html502AfterExecution, .timeoutAfterExecution, .resetAfterExecution, .garbage, .html200, .truncated,
                .latency, .wrongID, .duplicateID, .null:
                true
            case .status, .text, .html502, .hang, .reset, .noFreePhones, .notEnoughBalance, .serverOffline, .rateLimit,
                .addressLimit, .edgeBlock, .unauthorized, .internalError:
                false
            }
        }
    }

    /// `buy`, `check`, … as listed in `FaultPlan.endpoints`; `any` for all.
    package var endpoint: String
    package var kind: Kind
    /// How many requests it hits; nil for no end.
    package var count: Int?
    /// The share of requests it hits.
    package var probability: Double
    package var delay: Duration?
    package var status: Int?
    package var text: String?

    package init(
        endpoint: String, kind: Kind, count: Int? = nil, probability: Double = 1, delay: Duration? = nil,
        status: Int? = nil, text: String? = nil
    ) {
        self.endpoint = endpoint
        self.kind = kind
        self.count = count
        self.probability = probability
        self.delay = delay
        self.status = status
        self.text = text
    }
}

/// The faults in force, tried in the order they were set. A request meets at most one of them, besides delays, which
/// add up.
package struct FaultPlan: Sendable {
    /// What faults can be set for.
    package static let endpoints = [
        "buy", "reuse", "check", "finish", "cancel", "ban", "inbox", "orders", "profile", "payments", "max_prices",
        "countries", "products", "prices", "flash", "vendor", "auth", "calls", "recording", "any",
    ]

    package struct Entry: Sendable {
        package let id: Int
        package internal(set) var fault: Fault
        /// How many requests it has hit.
        package internal(set) var hits = 0
    }

    /// How long every answer of an endpoint takes: log-normal about a median.
    package struct Latency: Hashable, Sendable {
        package var endpoint: String
        package var median: Duration
        package var spread: Double

        package init(endpoint: String, median: Duration, spread: Double) {
            self.endpoint = endpoint
            self.median = median
            self.spread = spread
        }
    }

    package private(set) var entries: [Entry] = []
    package private(set) var latencies: [Latency] = []
    private let dice: Dice
    private var lastID = 0
    private var requests: UInt64 = 0

    package init(seed: UInt64) { dice = Dice(seed: seed) }

    /// Sets a fault and gives it an id.
    package mutating func add(_ fault: Fault) -> Int {
        lastID += 1
        entries.append(Entry(id: lastID, fault: fault))
        return lastID
    }

    /// Takes a fault back; false when there is none of that id (any more).
    package mutating func remove(_ id: Int) -> Bool {
        let before = entries.count
        entries.removeAll { $0.id == id }
        return entries.count < before
    }

    package mutating func clear() { entries = [] }

    /// Sets how long answers of an endpoint take; a median of nothing takes it back.
    package mutating func set(_ latency: Latency) {
        latencies.removeAll { $0.endpoint == latency.endpoint }
        if latency.median > .zero { latencies.append(latency) }
    }

    /// What the next request to that endpoint meets, with the delay before its answer.
    package mutating func next(_ endpoint: String) -> (fault: Fault?, delay: Duration) {
        guard !entries.isEmpty || !latencies.isEmpty else { return (nil, .zero) }
        requests += 1
        var met: Fault?
        var delay = Duration.zero
        for latency in latencies where latency.endpoint == endpoint || latency.endpoint == "any" {
            delay += dice.logNormal(median: latency.median, spread: latency.spread, .latency, requests)
        }
        for index in entries.indices {
            let fault = entries[index].fault
            guard fault.endpoint == endpoint || fault.endpoint == "any", fault.count != 0,
                fault.kind == .latency || met == nil,
                dice.unit(.fault, requests, UInt64(entries[index].id)) < fault.probability
            else { continue }
            if fault.kind == .latency { delay += fault.delay ?? .zero } else { met = fault }
            entries[index].hits += 1
            entries[index].fault.count = fault.count.map { $0 - 1 }
        }
        entries.removeAll { $0.fault.count == 0 }
        return (met, delay)
    }
}
