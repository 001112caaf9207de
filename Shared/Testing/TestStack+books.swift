import Database
import HTTPClient
import JSON
import Kit
import Runtime

/// What must hold when a stack has come to rest, whatever happened to it before: the books of the customers, of the
/// provider and of the orders agree, and nothing is on its way any more.
extension TestStack {
    /// Speaks to the controls of the simulated provider.
    @discardableResult
    package func sandbox(
        _ method: String, _ path: String, _ body: JSON? = nil
    ) async throws -> JSON {
        guard let verb = ClientRequest.Method(rawValue: method) else { throw TestStackError("no method \(method)") }
        let response = try await client.send(
            ClientRequest(
                verb, "\(address(.sandbox))/_control\(path)",
                headers: body == nil ? [] : [(name: "Content-Type", value: "application/json")], body: body?.bytes,
                deadline: .seconds(10), maximumBody: 64 << 20))
        guard (200..<300).contains(response.status) else {
            throw TestStackError("\(method) \(path): \(response.status) \(response.text)")
        }
        return (try? JSON(parsing: response.body)) ?? .null  // No content is no JSON.
    }

    /// Writes a message to the bus, as a service of ours would that has no reason to wait for another.
    package func publish(_ type: String, _ body: JSON, exchange: String = "namaskah.commands") async throws {
        let answer = try await servers.broker.expect(
            "POST", "/api/exchanges/\(servers.broker.vhost)/\(exchange)/publish",
            [
                "properties": [
                    "message_id": .string(ID.new().description), "type": .string(type),
                    "content_type": "application/json", "delivery_mode": 2,
                ],
                "routing_key": .string(type), "payload": .string(body.text), "payload_encoding": "string",
            ])
        guard answer["routed"]?.boolValue == true else { throw TestStackError("no queue takes \(type)") }
    }

    /// Sends a service what it can only park.
    package func poison(_ service: Service) async throws {
        switch service {
        case .gateway: try await publish("verification.completed.v1", [:], exchange: "namaskah.events")
        case .billing: try await publish("billing.hold.place.v1", [:])
        default: try await publish("\(service.rawValue).nonsense.v1", [:])
        }
    }

    /// All figures that a service tells of itself. The gateway shows its own to administrators alone.
    package func metrics(of service: Service) async throws -> String {
        let path = service == .gateway ? "/system/metrics" : "/metrics"
        return try await client.send(
            ClientRequest(
                .get, address(service) + path, headers: [(name: "X-API-Key", value: Self.adminKey)],
                deadline: .seconds(5), maximumBody: 4 << 20)
        ).text
    }

    /// A figure that a service tells of itself, named as in its `/metrics`, labels included; nil while it is unknown.
    package func metric(_ name: String, of service: Service) async -> Double? {
        // A service that does not answer has told nothing.
        guard let text = try? await metrics(of: service) else { return nil }
        return Self.figure(name, in: text)
    }

    /// The same of another process.
    package func metric(_ name: String, of worker: TestWorker) async -> Double? {
        let path = worker.service == .gateway ? "/system/metrics" : "/metrics"
        let request = ClientRequest(
            .get, worker.address + path, headers: [(name: "X-API-Key", value: Self.adminKey)], deadline: .seconds(5),
            maximumBody: 4 << 20)
        guard let text = (try? await client.send(request))?.text else { return nil }
        return Self.figure(name, in: text)
    }

    private static func figure(_ name: String, in text: String) -> Double? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// The upstreams that the sandbox plays.
    package static let providers = ["5sim", "sms-activate", "hero", "textverified"]

    /// How many numbers providers have sold, and how many of these they were paid for; of one or of all.
    package func purchases(at provider: String? = nil) async throws -> (sold: Int, paid: Int) {
        let movements = try await providerMovements().filter { provider == nil || $0.provider == provider }
        let sold = movements.count { $0.kind == .purchase }
        return (sold, sold - movements.count { $0.kind == .refund })
    }

    /// What a provider has taken for a number, or given back.
    private struct ProviderMovement: Sendable {
        enum Kind: String, Sendable { case purchase, refund }
        let provider: String
        let reference: String
        let kind: Kind
        let amount: Int64
    }

    /// All of them, page by page: after a long run they are more than one answer holds.
    private func providerMovements() async throws -> [ProviderMovement] {
        var movements: [ProviderMovement] = []
        for provider in Self.providers { movements += try await self.movements(at: provider) }
        return movements
    }

    private func movements(at provider: String) async throws -> [ProviderMovement] {
        var movements: [ProviderMovement] = []
        var since = 0
        while true {
            let page =
                try await sandbox("GET", "/\(provider)/books?since=\(since)&limit=100000")["movements"]?.arrayValue
                ?? []
            guard !page.isEmpty else { return movements }
            since += page.count
            for movement in page {
                guard let kind = movement["kind"]?.stringValue.flatMap({ ProviderMovement.Kind(rawValue: $0) }),
                    let reference = movement["reference"]?.stringValue,
                    let amount = movement["amount_micro"]?.integerValue
                else { continue }
                movements.append(
                    ProviderMovement(provider: provider, reference: reference, kind: kind, amount: abs(amount)))
            }
        }
    }

    /// The provider's reference of an order's number, once there is one.
    package func reference(of order: ID, within limit: Duration = .seconds(20)) async throws -> String {
        let look: @Sendable () async -> String? = {
            // A restarting server is asked again.
            (try? await self.database.value(
                String?.self, "SELECT reference FROM verification.orders WHERE id = \(order)")) ?? nil
        }
        _ = await eventually(within: limit) { await look() != nil }
        guard let reference = await look() else { throw TestStackError("order \(order) got no number") }
        return reference
    }

    /// Waits until everything that was begun is over and all books agree; what does not, after `limit`. Those of the
    /// simulated providers are left out where they are not the ones that sold.
    package func faults(within limit: Duration = .seconds(60), besidesProviders: Bool = false) async -> [String] {
        let last = Collected<[String]>()
        _ = await eventually(within: limit) {
            do {
                let faults = try await self.faultsNow(besidesProviders: besidesProviders)
                last.append(faults)
                return faults.isEmpty
            } catch {
                last.append(["the books cannot be read: \(error)"])
                return false
            }
        }
        return last.all.last ?? []
    }

    private func faultsNow(besidesProviders: Bool) async throws -> [String] {
        var faults = try await database.values(String.self, Self.openEnds)
        // Cheap questions first: most of the time something is still on its way.
        if !faults.isEmpty { return faults }
        // After a long run there is much to read.
        faults += try await database.longTransaction { transaction in
            try await transaction.values(
                String.self, "SELECT \"check\" || ': ' || detail FROM billing.prove() WHERE NOT ok")
                + transaction.values(String.self, Self.disagreements)
        }
        if !besidesProviders { faults += try await againstTheProvider() }
        return faults
    }

    /// What has begun and not ended.
    private static let openEnds: SQL = """
        SELECT 'order ' || id || ' is ' || state FROM verification.orders
        WHERE state NOT IN ('completed', 'declined', 'failed', 'cancelled', 'expired')
        UNION ALL SELECT 'the hold of order ' || id || ' is ' || hold_state FROM verification.orders
        WHERE hold_state NOT IN ('none', 'declined', 'posted', 'voided')
        UNION ALL SELECT 'attempt ' || attempt || ' of order ' || order_id || ' is ' || state FROM verification.intents
        WHERE state IN ('calling', 'ambiguous')
        UNION ALL SELECT 'number ' || reference || ' is ' || state FROM verification.provider_orders
        WHERE state IN ('unclaimed', 'stock', 'orphan')
        UNION ALL SELECT 'a number of the stock is ' || state FROM verification.stock
        UNION ALL SELECT 'settlement ' || id || ' has no answer' FROM verification.settlements
        UNION ALL SELECT 'hold ' || id || ' is open' FROM billing.open_holds
        UNION ALL SELECT 'verification ' || id || ' is ' || status || ' to its owner' FROM gateway.verifications
        WHERE status IN ('pending', 'waiting_sms')
        UNION ALL SELECT count(*) || ' messages wait in ' || place FROM (
            SELECT 'verification' AS place FROM verification.outbox UNION ALL SELECT 'billing' FROM billing.outbox
            UNION ALL SELECT 'gateway' FROM gateway.outbox) AS waiting GROUP BY place
        """

    /// Where two services tell the same thing differently, or a message was given up on.
    private static let disagreements: SQL = """
        SELECT 'verification ' || v.id || ' is ' || v.status || ' to its owner, but ' || coalesce(o.state, 'unknown')
        FROM gateway.verifications v LEFT JOIN verification.orders o ON o.id = v.id
        WHERE v.status IS DISTINCT FROM CASE o.state WHEN 'declined' THEN 'failed' ELSE o.state END
        UNION ALL
        SELECT 'order ' || o.id || ' is ' || o.state || ', its hold was posted ' || count(t.id)
            FILTER (WHERE t.kind = 'post') || ' times and voided ' || count(t.id) FILTER (WHERE t.kind = 'void')
        FROM verification.orders o LEFT JOIN billing.transfers t ON t.order_id = o.id
        GROUP BY o.id
        HAVING count(t.id) FILTER (WHERE t.kind = 'post') <> (o.state = 'completed')::int
            OR count(t.id) FILTER (WHERE t.kind IN ('post', 'void')) <> count(t.id) FILTER (WHERE t.kind = 'hold')
            OR count(t.id) FILTER (WHERE t.kind = 'hold') > 1
        UNION ALL
        SELECT 'account ' || b.account_id || ' reads ' || b.available || ' and ' || b.held || ', but has '
            || (a.credits - a.debits - a.pending) || ' and ' || a.pending
        FROM gateway.balances b JOIN billing.accounts a ON a.id = b.account_id
        WHERE (b.available, b.held) <> (a.credits - a.debits - a.pending, a.pending)
        UNION ALL SELECT 'a message of verification was given up' FROM verification.outbox_failed
        UNION ALL SELECT 'a message of billing was given up' FROM billing.outbox_failed
        UNION ALL SELECT 'a message of gateway was given up' FROM gateway.outbox_failed
        """

    /// The numbers for which the ledger and the provider do not say the same.
    private func differences(_ movements: [ProviderMovement]) async throws -> [String] {
        var theirs: [String: Int64] = [:]
        for movement in movements {
            theirs["\(movement.provider) \(movement.reference)", default: 0] +=
                movement.kind == .purchase ? movement.amount : -movement.amount
        }
        let ours = try await database.rows(
            ThreeColumns<String, Int64, String>.self,
            """
            SELECT coalesce(p.provider, t.provider) || ' ' || coalesce(p.reference, t.reference),
                coalesce(sum(CASE t.kind WHEN 'charge' THEN t.amount WHEN 'refund' THEN -t.amount END), 0)::bigint,
                coalesce(max(p.state), 'unknown') || ' ' || coalesce(max(o.state || ' ' || o.id), 'to no order')
                    || coalesce(': ' || max(s.step || ', ' || s.cause), '')
            FROM verification.provider_orders p
            FULL JOIN (SELECT * FROM billing.transfers WHERE kind IN ('charge', 'refund')) AS t USING (provider, reference)
            LEFT JOIN verification.orders o ON o.id = p.order_id
            LEFT JOIN verification.steps s ON s.order_id = o.id AND s.number = o.step_count GROUP BY 1
            """)
        let known = Dictionary(ours.map { ($0.first, $0) }, uniquingKeysWith: { first, _ in first })
        return Set(theirs.keys).union(known.keys).sorted().compactMap { reference in
            let (paid, taken) = (known[reference]?.second ?? 0, theirs[reference] ?? 0)
            guard paid != taken else { return nil }
            return
                "DRIFT: number \(reference), \(known[reference]?.third ?? "never heard of"): we paid \(paid), they took \(taken)"
        }
    }

    private func againstTheProvider() async throws -> [String] {
        var faults: [String] = []
        var accounts: [JSON] = []
        for provider in Self.providers {
            let books = try await sandbox("GET", "/\(provider)/books?limit=0")
            if books["balanced"]?.boolValue != true { faults.append("the books of \(provider) are not balanced") }
            accounts += books["accounts"]?.arrayValue ?? []
        }
        let movements = try await providerMovements()
        func sum(_ name: String) -> Int64 { accounts.reduce(0) { $0 + ($1[name]?.integerValue ?? 0) } }
        if sum("frozen_micro") != 0 {
            faults.append("providers hold \(sum("frozen_micro")) micro-units of open orders")
        }
        let paid =
            try await database.value(
                Int64.self,
                """
                SELECT coalesce(sum(CASE kind WHEN 'charge' THEN amount ELSE -amount END), 0)::bigint
                FROM billing.transfers WHERE kind IN ('charge', 'refund')
                """) ?? 0
        if paid != sum("spent_micro") {
            faults.append(
                "DRIFT: the ledger says that we paid \(paid) to providers, who say \(sum("spent_micro"))")
            faults += try await differences(movements)
        }
        // Every number sold is an order's own, or was given back, or is written off in the ledger.
        var bought: Set<String> = []
        for movement in movements {
            switch movement.kind {
            case .purchase: bought.insert("\(movement.provider) \(movement.reference)")
            case .refund: bought.remove("\(movement.provider) \(movement.reference)")
            }
        }
        let owned = Set(
            try await database.values(
                String.self,
                """
                SELECT provider || ' ' || reference FROM verification.orders
                WHERE reference IS NOT NULL AND state = 'completed'
                UNION SELECT t.provider || ' ' || t.reference FROM billing.transfers t JOIN billing.accounts a ON a.id = t.debit
                WHERE t.kind = 'charge' AND a.kind = 'provider_loss'
                """))
        faults += bought.subtracting(owned).sorted().map { "LOST: nobody has number \($0), which we paid" }
        return faults
    }
}
