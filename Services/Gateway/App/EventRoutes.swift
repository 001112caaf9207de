import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// The live stream of an account: `GET /events` as Server-Sent Events, `GET /ws` as a WebSocket. Both carry the same
/// events under the same ids in the same order, whichever gateway a client is connected to; after a break it names the
/// last it has, to whichever gateway, and gets everything since, once.
///
/// The order is that of the places in the table. What the hub tells is given at once if it is the next; else what is
/// missing before it is read from the table, where it is for certain.
struct EventRoutes: Sendable {
    private static let pageLength = 500
    private static let writtenAtOnce = 20

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
            } give: { updates in
                try await self.write(updates, to: writer)
            }
        }
    }

    /// Writes several events together, as far as they do not fill what may wait for one client.
    @inline(never) private func write(_ updates: [LiveUpdate?], to writer: StreamWriter) async throws {
        // Mostly one, which all clients share.
        if updates.count == 1, let update = updates[0] { return try await writer.write(update.frame(personalData)) }
        var piece: [UInt8] = []
        for update in updates {
            piece += try update?.frame(personalData) ?? Self.heartbeat
            guard piece.count > 16 * 1024 else { continue }
            try await writer.write(piece)
            piece = []
        }
        if !piece.isEmpty { try await writer.write(piece) }
    }

    private static let heartbeat = Array(": \n\n".utf8)

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
                    } give: { updates in
                        // Heartbeats are the protocol's own.
                        for case let update? in updates {
                            let body = try update.body(self.personalData)
                            try await socket.sendWhenRoom(String(decoding: body, as: UTF8.self))
                        }
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

    // What a stream needs only now and then is called, not inlined: the frame of a task is kept for as long as the stream
    // waits, and there are ten thousand of them.

    /// Gives what a client has missed and then everything that happens, each once, nil for a heartbeat, until the hub
    /// lets the client go. `begin` is called as soon as nothing that happens from then on can be missed.
    private func stream(
        to account: ID, after last: ID?, begin: () async throws -> Void, give: ([LiveUpdate?]) async throws -> Void
    ) async throws {
        var told: Int64?
        var subscription: Hub.Subscription
        repeat {
            subscription = hub.subscribe(account)
            defer { hub.end(subscription) }
            var place: Int64
            if let told {
                place = told
            } else {
                place = try await start(of: account, after: last)
                try await begin()
            }
            // Who has just come, and names nothing, has missed nothing.
            let hasMissed = told != nil || last != nil
            defer { told = place }
            if hasMissed { try await catchUp(account, &place, give) }
            while let signals = await subscription.next() {
                try await tell(signals, account, &place, give)
            }
            try Task.checkCancellation()
            // More has happened than waits in memory for one client: it reads on in the table, at its own pace.
        } while subscription.hasFallenBehind
    }

    /// Gives what signals tell, and what is missing before it.
    @inline(never) private func tell(
        _ signals: [Hub.Signal], _ account: ID, _ place: inout Int64, _ give: ([LiveUpdate?]) async throws -> Void
    ) async throws {
        var updates: [LiveUpdate?] = []
        for signal in signals {
            let (isNext, newest) =
                switch signal {
                case .update(let update): (update.event.place == place + 1, update.event.place)
                case .beat(let newest): (false, newest)
                }
            if newest > place, !isNext {
                // One at a time: a stream has one writer.
                if !updates.isEmpty { try await give(updates) }
                updates = []
                let isKnown = try await catchUpIfPossible(account, &place, give)
                // Places of repeats stay empty, also the last; and what stands before a place that is taken is
                // committed, so nothing can come there any more.
                if isKnown, case .beat = signal { place = max(place, newest) }
            }
            switch signal {
            case .update(let update) where isNext:
                updates.append(update)
                place = newest
            case .update: break
            case .beat: updates.append(nil)
            }
        }
        if !updates.isEmpty { try await give(updates) }
    }

    private static func lastEvent(_ text: String?) throws(Problem) -> ID? {
        guard let text, !text.isEmpty else { return nil }
        guard let id = ID(text) else {
            throw Problem.invalid("headers.Last-Event-ID", "must be the id of an event of ours")
        }
        return id
    }

    /// The place that a client has everything up to. An event that was forgotten since still says by its id when it was
    /// made; who names none wants what comes from now on.
    @inline(never) private func start(of account: ID, after last: ID?) async throws -> Int64 {
        let now: SQL = "(SELECT last FROM event_counts WHERE account_id = \(account))"
        guard let last else { return try await database.value(Int64.self, "SELECT coalesce(\(now), 0)") ?? 0 }
        return try await database.value(
            Int64.self,
            """
            SELECT coalesce((SELECT place FROM events WHERE id = \(last) AND account_id = \(account)),
                (SELECT place - 1 FROM events WHERE account_id = \(account) AND arrived_at >= \(last.madeAt - .seconds(5))
                    ORDER BY arrived_at, number LIMIT 1), \(now), 0)
            """) ?? 0
    }

    /// The same; false with the table away, and then the next event or heartbeat has it looked for again.
    @inline(never) private func catchUpIfPossible(
        _ account: ID, _ place: inout Int64, _ give: ([LiveUpdate?]) async throws -> Void
    ) async throws -> Bool {
        do {
            try await catchUp(account, &place, give)
            return true
        } catch is DatabaseError {
            return false
        }
    }

    /// Gives everything behind a place, a page at a time, however much it is.
    @inline(never) private func catchUp(
        _ account: ID, _ place: inout Int64, _ give: ([LiveUpdate?]) async throws -> Void
    ) async throws {
        while true {
            let page = try await database.rows(
                LiveEvent.self,
                """
                SELECT \(LiveEvent.columns) FROM events WHERE account_id = \(account) AND place > \(place)
                ORDER BY place LIMIT \(Self.pageLength)
                """)
            // A few at a time: each is made into bytes, and very many clients may have missed much.
            for start in stride(from: 0, to: page.count, by: Self.writtenAtOnce) {
                let part = page[start..<min(start + Self.writtenAtOnce, page.count)]
                try await give(part.map { LiveUpdate($0) })
                place = part[part.endIndex - 1].place
            }
            if page.count < Self.pageLength { return }
        }
    }
}
