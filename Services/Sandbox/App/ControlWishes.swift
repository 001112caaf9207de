import JSON
import Kit
import SandboxCore

/// A message that is to arrive.
struct ScriptedMessage: JSONRecord {
    var text: String?
    var code: String?
    var sender: String?
    var delay: Int64?
    /// Its receiver alone may read it.
    var isSealed: Bool?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("encrypted", &isSealed)
        fields.optional("text", &text, .length(1...10_000))
        fields.optional("code", &code)
        fields.optional("sender", &sender, .length(1...100))
        fields.optional("delay_ms", &delay, .range(0...86_400_000))
    }

    /// Absent and null do not mean the same here: what the parser makes of the text, and that it makes nothing of it.
    func scriptedCode(_ body: JSON) -> Seller.ScriptedCode {
        if let code { return .given(code) }
        return body["code"] == .null ? .none : .parsed
    }
}

/// How an open order is to end.
struct ScriptedStatus: JSONRecord {
    var status = ""

    mutating func map(_ fields: inout some JSONMapper) { fields.required("status", &status) }
}

/// How messages are to arrive; what is absent stays as it is.
struct ArrivalWish: JSONRecord {
    var country: String?
    var product: String?
    var mode: String?
    var median: Int64?
    var spread: Double?
    var chance: Double?
    var second: Double?
    var unparsed: Double?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("country", &country)
        fields.optional("product", &product)
        fields.optional("mode", &mode, .oneOf(["auto", "manual", "never"]))
        fields.optional("median_ms", &median, .range(0...86_400_000))
        fields.optional("spread", &spread)
        fields.optional("chance", &chance)
        fields.optional("second", &second)
        fields.optional("unparsed", &unparsed)
    }

    func apply(to arrival: inout Arrival) throws(Problem) {
        for (name, value) in [("spread", spread), ("chance", chance), ("second", second), ("unparsed", unparsed)] {
            let limit = name == "spread" ? 10.0 : 1.0
            if let value, !(0...limit).contains(value) { throw Problem.invalid(name, "must be from 0 to \(limit)") }
        }
        if let mode { arrival.mode = Arrival.Mode(rawValue: mode) ?? arrival.mode }
        if let median { arrival.median = .milliseconds(median) }
        arrival.spread = spread ?? arrival.spread
        arrival.chance = chance ?? arrival.chance
        arrival.second = second ?? arrival.second
        arrival.unparsed = unparsed ?? arrival.unparsed
    }
}

/// How the provider is to behave; what is absent stays as it is.
struct SettingsWish: JSONRecord {
    var lifetime: Int64?
    var earlyCancel: Int64?
    var preparation: Int64?
    var reuseWithin: Int64?
    var orderErrorStatus: Int?
    var enforcesRating: Bool?
    var requestsPerSecond: Int?
    var marketMoves: Bool?
    var stockDepletes: Bool?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("lifetime_ms", &lifetime, .range(1...86_400_000))
        fields.optional("early_cancel_ms", &earlyCancel, .range(0...86_400_000))
        fields.optional("preparation_ms", &preparation, .range(0...86_400_000))
        fields.optional("reuse_within_ms", &reuseWithin, .range(0...864_000_000))
        fields.optional("order_error_status", &orderErrorStatus, .range(400...499))
        fields.optional("enforces_rating", &enforcesRating)
        fields.optional("requests_per_second", &requestsPerSecond, .range(0...1_000_000))
        fields.optional("market_moves", &marketMoves)
        fields.optional("stock_depletes", &stockDepletes)
    }

    func apply(to settings: inout Settings) {
        if let lifetime { settings.lifetime = .milliseconds(lifetime) }
        if let earlyCancel { settings.earlyCancel = .milliseconds(earlyCancel) }
        if let preparation { settings.preparation = .milliseconds(preparation) }
        if let reuseWithin { settings.reuseWithin = .milliseconds(reuseWithin) }
        settings.orderErrorStatus = orderErrorStatus ?? settings.orderErrorStatus
        settings.enforcesRating = enforcesRating ?? settings.enforcesRating
        if let requestsPerSecond { settings.requestsPerSecond = requestsPerSecond == 0 ? nil : requestsPerSecond }
    }
}

/// What an offer is to be like.
struct MarketWish: JSONRecord {
    var country: String?
    var product: String?
    var pool: String?
    var count: Int?
    var price: Double?
    var fill: Double?
    var rate: Double?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("country", &country)
        fields.optional("product", &product)
        fields.optional("operator", &pool)
        fields.optional("count", &count, .range(0...1_000_000_000))
        fields.optional("price", &price)
        fields.optional("fill_price", &fill)
        fields.optional("rate", &rate)
    }

    func check(takesCount: Bool) throws(Problem) {
        if takesCount, count == nil { throw Problem.invalid("count", "is required") }
        if !takesCount, price == nil, fill == nil, rate == nil {
            throw Problem.invalid("", "price, fill_price or rate is required")
        }
        for (name, value) in [("price", price), ("fill_price", fill)] {
            if let value, !(value > 0 && value < 1_000_000) {
                throw Problem.invalid(name, "must be above 0 and below a million")
            }
        }
        if let rate, !(0...100).contains(rate) { throw Problem.invalid("rate", "must be from 0 to 100") }
    }
}

/// A fault that is to happen.
struct FaultWish: JSONRecord {
    var endpoint = ""
    var kind = ""
    var count: Int?
    var probability: Double?
    var delay: Int64?
    var status: Int?
    var text: String?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("endpoint", &endpoint, .oneOf(FaultPlan.endpoints))
        fields.required("kind", &kind, .oneOf(Fault.Kind.allCases.map(\.rawValue)))
        fields.optional("count", &count, .range(1...1_000_000))
        fields.optional("probability", &probability)
        fields.optional("delay_ms", &delay, .range(0...600_000))
        fields.optional("status", &status, .range(200...599))
        fields.optional("text", &text, .length(0...10_000))
    }

    func fault() throws(Problem) -> Fault {
        guard let kind = Fault.Kind(rawValue: kind) else { throw Problem.invalid("kind", "is not known") }
        if let probability, !(0...1).contains(probability) {
            throw Problem.invalid("probability", "must be from 0 to 1")
        }
        return Fault(
            endpoint: endpoint, kind: kind, count: count, probability: probability ?? 1,
            delay: delay.map { .milliseconds($0) }, status: status, text: text)
    }
}

/// How long answers are to take.
struct LatencyWish: JSONRecord {
    var endpoint: String?
    var median: Int64 = 0
    var spread: Double?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("endpoint", &endpoint, .oneOf(FaultPlan.endpoints))
        fields.required("median_ms", &median, .range(0...600_000))
        fields.optional("spread", &spread)
    }

    func latency() throws(Problem) -> FaultPlan.Latency {
        if let spread, !(0...10).contains(spread) { throw Problem.invalid("spread", "must be from 0 to 10") }
        return FaultPlan.Latency(endpoint: endpoint ?? "any", median: .milliseconds(median), spread: spread ?? 0.3)
    }
}

/// How much time is to pass.
struct ClockWish: JSONRecord {
    var advance: Int64 = 0

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("advance_ms", &advance, .range(0...3_153_600_000_000))
    }
}

/// An account that is to be, or to have more.
struct AccountWish: JSONRecord {
    var token: String?
    var balance: Double?
    var rating: Double?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("token", &token, .length(1...500))
        fields.optional("balance", &balance)
        fields.optional("rating", &rating)
    }
}
