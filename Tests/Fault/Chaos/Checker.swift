import Database
import JSON
import Kit
import TestSupport

/// The one proof after everything: from outside, out of what the clients wrote down, the tables of the services, the
/// broker's own counts and the provider's own books.
struct Checker: Sendable {
    let stack: TestStack
    let history: History
    let accounts: [TestCustomer]
    let tenants: Set<ID>
    let credit: Money
    let poison: (sent: Set<String>, perhaps: Set<String>)
    let note: @Sendable (String) -> Void

    /// Waits until everything that was begun is over, and gives what is not as it must be.
    func faults(within limit: Duration) async -> [String] {
        let open = await stack.faults(within: limit)
        guard open.isEmpty else { return open }
        note("everything that was begun is over, and the books agree")
        let last = Collected<[String]>()
        // The broker's counts come late, and the last events are on their way to the listeners.
        _ = await eventually(within: limit) {
            do {
                let faults = try await now()
                last.append(faults)
                if faults.isEmpty { return true }
            } catch { last.append(["the proof could not be read: \(error)"]) }
            // Cancelled only with the whole run.
            try? await Task.sleep(for: .milliseconds(500))
            return false
        }
        return last.all.last ?? []
    }

    private func now() async throws -> [String] {
        var faults = history.contradictions
        let orders = try await orders()
        faults += try await requests(orders)
        faults += try await money(orders)
        faults += try await told(orders)
        faults += try await stack.database.values(String.self, Self.readModels)
        faults += try await parked()
        faults += try await queues()
        for service in TestStack.Service.allCases where await !stack.isReady(service) {
            faults.append("\(service.rawValue) is not ready")
        }
        return faults
    }

    // MARK: - Orders

    struct OrderRow: Row {
        let id: ID
        let account: ID
        let origin: String
        let request: String?
        let state: String
        let price: Money
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            account = try columns.next()
            origin = try columns.next()
            request = try columns.next()
            state = try columns.next()
            price = try columns.next()
        }
        /// As its owner reads it.
        var status: String { state == "declined" ? "failed" : state }
    }

    func orders() async throws -> [OrderRow] {
        try await stack.database.rows(
            OrderRow.self, "SELECT id, account_id, origin, request_id, state, price FROM verification.orders")
    }

    /// Whoever was told that an order was taken has exactly one; whoever was not told has at most one; and there is no
    /// order that nobody asked for.
    private func requests(_ orders: [OrderRow]) async throws -> [String] {
        var faults: [String] = []
        let byID = Dictionary(orders.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let keys = try await stack.database.rows(
            ThreeColumns<ID, String, ID>.self, "SELECT account_id, key, resource FROM gateway.idempotency")
        let taken = Dictionary(
            keys.map { ("\($0.first) \($0.second)", $0.third) }, uniquingKeysWith: { first, _ in first })
        let ordered = Dictionary(
            grouping: orders.filter { $0.origin == "amqp" }, by: { "\($0.account) \($0.request ?? "")" })
        let rejected = Set(
            history.results.filter(\.isRejection).map { "\($0.account) \($0.request ?? "")" }
        )
        var asked: Set<ID> = []
        for request in history.requests {
            let place = "\(request.account) \(request.key)"
            if request.isHTTP {
                let resource = taken[place]
                if let resource { asked.insert(resource) }
                switch request.outcome {
                case .accepted(let id):
                    if resource != id {
                        faults.append("LOST: \(place) was told \(id ?? .zero), and has \(resource ?? .zero)")
                    }
                    if let id, byID[id] == nil { faults.append("LOST: order \(id) of \(place) is nowhere") }
                case .refused(let words):
                    if resource != nil { faults.append("\(place) was refused (\(words)), and has an order") }
                case .unknown:
                    if let resource, byID[resource] == nil { faults.append("LOST: order \(resource) of \(place)") }
                }
            } else {
                let own = ordered[place] ?? []
                asked.formUnion(own.map(\.id))
                if own.count > 1 { faults.append("DOUBLE: \(place) has \(own.count) orders") }
                if case .accepted = request.outcome, own.isEmpty, !rejected.contains(place) {
                    faults.append("LOST: \(place) was confirmed, and has no order and no refusal")
                }
            }
        }
        let known = Set(accounts.map(\.id))
        for order in orders where known.contains(order.account) && !asked.contains(order.id) {
            faults.append("DOUBLE: nobody asked for order \(order.id) (\(order.origin) \(order.request ?? ""))")
        }
        return faults
    }

    // MARK: - Money

    private func money(_ orders: [OrderRow]) async throws -> [String] {
        var faults: [String] = []
        for customer in accounts {
            let spent = orders.filter { $0.account == customer.id && $0.state == "completed" }
                .reduce(Int64(0)) { $0 + $1.price.micro }
            let (available, held) = try await customer.balance()
            if available != credit.micro - spent || held != 0 {
                faults.append(
                    "DRIFT: \(customer.id) has \(available) and \(held) held, of \(credit.micro) less \(spent)")
            }
        }
        // Without money there every order ends well and none is worked on: a run that shows nothing.
        for provider in TestStack.providers {
            let books = try await stack.sandbox("GET", "/\(provider)/books?limit=0")
            for account in books["accounts"]?.arrayValue ?? []
            where account["balance_micro"]?.integerValue ?? 0 < 1_000_000 {
                faults.append("our account at \(provider) ran dry: the laboratory gives it too little")
            }
        }
        return faults
    }

    // MARK: - What clients were told

    /// Each event at least once, and in the end exactly what the tables say.
    private func told(_ orders: [OrderRow]) async throws -> [String] {
        var faults: [String] = []
        let live = history.live
        let heard = Set(live.map(\.event))
        let listening = accounts.map(\.id).filter { !tenants.contains($0) }
        // The top-up came before anybody listened.
        let events = try await stack.database.values(
            ID.self,
            """
            SELECT id FROM gateway.events WHERE account_id = ANY(\(listening)) AND type NOT LIKE '%topped_up%'
            """)
        for event in events where !heard.contains(event) { faults.append("UNHEARD: nobody ever heard of \(event)") }
        var ends: [ID: Set<String>] = [:]
        for told in live + history.results {
            guard let id = told.verification, let status = told.status, History.finals.contains(status) else {
                continue
            }
            ends[id, default: []].insert(status)
        }
        let known = Set(accounts.map(\.id))
        for order in orders where known.contains(order.account) {
            let told = ends[order.id] ?? []
            if told != [order.status] {
                faults.append("order \(order.id) is \(order.status); its client was told \(told.sorted())")
            }
        }
        return faults
    }

    private static let readModels: SQL = """
        SELECT 'order ' || coalesce(s.order_id, g.verification_id) || ' step ' || coalesce(s.number, g.number)
            || ': ' || coalesce(s.step, 'none') || ', to its owner ' || coalesce(g.step, 'none')
        FROM (
            SELECT s.*, s.number <= o.told_step_count AS is_told
            FROM verification.steps s JOIN verification.orders o ON o.id = s.order_id) AS s
        FULL JOIN gateway.steps g ON g.verification_id = s.order_id AND g.number = s.number
        -- A step after the last fact, such as a number that came too late, is told only to who asks for all of them.
        WHERE s.step IS DISTINCT FROM g.step AND (g.step IS NOT NULL OR s.is_told)
        UNION ALL
        SELECT 'order ' || order_id || ' has ' || count(*) || ' steps up to ' || max(number)
        FROM verification.steps GROUP BY order_id HAVING count(*) <> max(number)
        UNION ALL
        SELECT 'message ' || coalesce(m.id, g.id) || ' is ' || CASE WHEN g.id IS NULL THEN 'unknown' ELSE 'known' END
            || ' to its owner alone'
        FROM verification.messages m FULL JOIN gateway.messages g ON g.id = m.id WHERE m.id IS NULL OR g.id IS NULL
        UNION ALL
        SELECT 'verification ' || v.id || ' is told otherwise than it is' FROM gateway.verifications v
        JOIN verification.orders o ON o.id = v.id
        WHERE (v.provider, v.service, v.country, v.price, v.account_id)
            IS DISTINCT FROM (o.provider, o.service, o.country, o.price, o.account_id)
        UNION ALL
        SELECT 'movement ' || coalesce(t.id, m.id) || ' ' || coalesce(t.kind, m.kind) || ' is told otherwise'
        FROM (
            SELECT coalesce(hold_id, id) AS id, amount,
                CASE kind WHEN 'post' THEN 'capture' WHEN 'void' THEN 'release' ELSE kind END AS kind
            FROM billing.transfers WHERE kind IN ('hold', 'post', 'void', 'top_up')) AS t
        FULL JOIN gateway.movements m ON m.id = t.id AND m.kind = t.kind
        WHERE t.amount IS DISTINCT FROM m.amount
        """

    // MARK: - The broker

    /// Nothing is on its way, and nothing is with somebody who does not give it back.
    private func queues() async throws -> [String] {
        let broker = stack.servers.broker
        let listed = try await broker.expect("GET", "/api/queues/\(broker.vhost)").arrayValue ?? []
        return listed.compactMap { queue in
            guard let name = queue["name"]?.stringValue, name != "events.log", name != "chaos.tap" else { return nil }
            if name.hasPrefix("chaos.") { return "the laboratory left \(name) behind" }
            let ready = queue["messages_ready"]?.integerValue ?? 0
            let unsettled = queue["messages_unacknowledged"]?.integerValue ?? 0
            return ready + unsettled == 0 ? nil : "\(name) has \(ready) messages, and \(unsettled) with consumers"
        }
    }

    /// What was put aside is what could only be put aside.
    private func parked() async throws -> [String] {
        var found: Set<String> = []
        var faults: [String] = []
        for schema in Keeper.services.map(\.rawValue) {
            let rows = try await stack.database.values(
                String.self,
                """
                SELECT coalesce(substring(encode(body, 'escape') FROM 'chaos-poison-[0-9]+[.]'),
                    'PARKED: ' || type || ' ' || msg_id || ' of ' || queue || ': ' || reason)
                FROM \(identifier: schema).parked WHERE replayed_at IS NULL AND discarded_at IS NULL
                """)
            for row in rows {
                if row.hasPrefix("chaos-poison-") { found.insert(row) } else { faults.append(row) }
            }
        }
        faults += poison.sent.subtracting(found).sorted().map { "\($0) was not parked" }
        faults += found.subtracting(poison.perhaps).sorted().map { "\($0) was parked, and never sent" }
        return faults
    }
}
