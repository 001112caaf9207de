import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// The live stream of an account: `GET /events` as Server-Sent Events, `GET /ws` as a WebSocket. Both carry the same
/// events under the same ids; after a break the client names the last it has, and gets everything since.
struct EventRoutes: Sendable {
    /// An event may become visible this much later than one that arrived after it, because it was written by a longer
    /// transaction; a resuming client gets that span again and knows repeats by their ids.
    private static let overlap = 5
    private static let pageLength = 500

    let database: Database
    let hub: Hub
    let personalData: PersonalData
    /// Who a token or key belongs to, for WebSocket clients that cannot set headers.
    let authenticate: @Sendable (String) async throws -> Identity

    /// Routes behind authentication.
    func add(to router: inout Router) {
        router.on(.get, "/events", events)
    }

    /// The WebSocket authenticates in its own way: a browser can set no header there.
    func addOpen(to router: inout Router) {
        router.on(.get, "/ws", webSocket)
    }

    // MARK: - Server-Sent Events

    private func events(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let account = try request.identity.userID
        let last = try Self.lastEvent(request.headers["Last-Event-ID"])
        return .events(whenFull: .wait) { writer in
            try await self.stream(to: account, after: last) {
                try await writer.write("retry: 2000\n\n")
            } give: { update in
                guard let update else { return try await writer.write(": \n\n") }
                try await writer.write(update.frame(self.personalData))
            }
        }
    }

    /// What a stream has told its client lately. What comes twice comes where a replay overlaps with what is live; so no
    /// more is remembered, for there may be ten thousand clients. One that reads very slowly may be told something again.
    private struct Told {
        private(set) var last: ID?
        private var recent: Set<ID> = []
        private var order: [(id: ID, at: ContinuousClock.Instant)] = []
        private var first = 0
        private static let span = Duration.seconds(60)
        private static let memory = 4096

        init(last: ID?) { self.last = last }

        mutating func isNew(_ event: LiveEvent) -> Bool {
            let now = ContinuousClock.now
            while first < order.count, order[first].at < now - Self.span || order.count - first >= Self.memory {
                recent.remove(order[first].id)
                first += 1
            }
            if first > 64, first > order.count / 2 {
                order.removeFirst(first)
                first = 0
            }
            guard recent.insert(event.id).inserted else { return false }
            order.append((event.id, now))
            last = event.id
            return true
        }
    }

    // MARK: - WebSocket

    private func webSocket(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        // The token may be offered as a subprotocol: `namaskah, <token>`.
        let offered = request.webSocketProtocols
        let proof = offered.first { $0 != "namaskah" }
        let chosen = offered.first { $0 == "namaskah" } ?? offered.first
        var identity = request.context[Identity.self]
        if identity == nil, let proof { identity = try await authenticate(proof) }
        let known = identity
        return .webSocket(protocol: chosen) { socket in
            guard let opening = try await self.opening(of: socket, known) else { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await self.stream(to: opening.identity.userID, after: opening.last) {
                    } give: { update in
                        // Heartbeats are the protocol's own.
                        guard let update else { return }
                        let body = try update.body(self.personalData)
                        try await socket.sendWhenRoom(String(decoding: body, as: UTF8.self))
                    }
                }
                // What the client sends is read, so that its close is noticed; nothing of it is needed.
                group.addTask { for await _ in socket.messages {} }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private struct Opening {
        let identity: Identity
        let last: ID?
    }

    /// The first message: `{"token":"…","last_event_id":"…"}`. A client that proved itself in the handshake may leave it
    /// out; then nothing is replayed.
    private func opening(of socket: WebSocket, _ known: Identity?) async throws -> Opening? {
        if let known { return Opening(identity: known, last: nil) }
        let first = await withTaskGroup(of: WebSocket.Message?.self) { group in
            group.addTask { await socket.messages.next() }
            group.addTask {
                // A cancelled sleep means that the message came.
                try? await Task.sleep(for: .seconds(10))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard case .text(let text)? = first, let json = try? JSON(parsing: text),  // What is not JSON has no token.
            let token = json["token"]?.stringValue
        else {
            socket.close(4401, "send {\"token\":\"…\"} first")
            return nil
        }
        do {
            return Opening(
                identity: try await authenticate(token), last: json["last_event_id"]?.stringValue.flatMap { ID($0) })
        } catch {
            socket.close(4401, "the token is not valid")
            return nil
        }
    }

    // MARK: - Both

    /// Gives what a client has missed and then everything that happens, each once, nil for a heartbeat, until the hub
    /// lets the client go. `begin` is called as soon as nothing that happens from then on can be missed.
    private func stream(
        to account: ID, after last: ID?, begin: () async throws -> Void, give: (LiveUpdate?) async throws -> Void
    ) async throws {
        var told = Told(last: last)
        var isFirst = true
        var subscription: Hub.Subscription
        repeat {
            subscription = hub.subscribe(account)
            defer { hub.end(subscription) }
            if isFirst { try await begin() }
            isFirst = false
            try await replay(to: account, after: told.last) { event in
                if told.isNew(event) { try await give(LiveUpdate(event)) }
            }
            // One at a time: a stream has one writer.
            for await update in subscription.events {
                guard let update else {
                    try await give(nil)
                    continue
                }
                if told.isNew(update.event) { try await give(update) }
            }
            try Task.checkCancellation()
            // More has happened than waits in memory for one client: it reads on in the table, at its own pace.
        } while subscription.hasFallenBehind
    }

    private static func lastEvent(_ text: String?) throws(Problem) -> ID? {
        guard let text, !text.isEmpty else { return nil }
        guard let id = ID(text) else {
            throw Problem.invalid("headers.Last-Event-ID", "must be the id of an event of ours")
        }
        return id
    }

    /// An event with its place in the order of arrival.
    private struct Arrived: Row {
        let event: LiveEvent
        let at: Timestamp
        let number: Int64
        init(_ columns: inout Columns) throws(DatabaseError) {
            event = try LiveEvent(&columns)
            at = try columns.next()
            number = try columns.next()
        }
    }

    /// Gives everything that the client has missed, a page at a time, however much it is.
    private func replay(
        to account: ID, after last: ID?, _ give: (LiveEvent) async throws -> Void
    ) async throws {
        guard let last else { return }
        let (overlap, limit) = (Self.overlap, Self.pageLength)
        // The last event may have been forgotten by now; its id still tells when it was made.
        var start: SQL = """
            arrived_at >= coalesce((SELECT arrived_at FROM events WHERE id = \(last) AND account_id = \(account)),
                \(last.madeAt)) - \(overlap) * interval '1 second'
            """
        while true {
            let page = try await database.rows(
                Arrived.self,
                """
                SELECT \(LiveEvent.columns), arrived_at, number FROM events
                WHERE account_id = \(account) AND id <> \(last) AND \(start) ORDER BY arrived_at, number LIMIT \(limit)
                """)
            for row in page { try await give(row.event) }
            guard page.count == limit, let end = page.last else { return }
            start = "(arrived_at, number) > (\(end.at), \(end.number))"
        }
    }
}
