import Contracts
import ControlCore
import JSON
import Kit
import Synchronization

/// `verify`: orders one verification and follows it until it ends or its code is there.
struct VerifyCommand: Sendable {
    /// How long one question may wait for news.
    private static let longPoll = 20
    /// No order lives longer; whoever still waits then would wait for ever.
    private static let patience = Duration.seconds(45 * 60)
    /// How long the settling of the money is waited for once the code is there.
    private static let settling = Duration.seconds(10)

    private let gateway: GatewayClient
    private let terminal: Terminal
    private let line: ProgressLine

    init(_ settings: Settings, _ terminal: Terminal) throws(CommandFailure) {
        gateway = try GatewayClient(settings, keySetting: "NAMASKAH_API_KEY")
        self.terminal = terminal
        line = ProgressLine()
    }

    /// Gives whether a code came.
    func run(_ arguments: Verify) async throws -> Bool {
        let start = Timestamp.now
        let seen = Watched()
        let result: Result<WatchedVerification, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { await tick(seen, since: start) }
            defer { group.cancelAll() }
            do {
                return .success(try await follow(arguments, since: start, seen))
            } catch {
                return .failure(error)
            }
        }
        line.clear()
        let found = try result.get()
        terminal.result(found.json, found.outcome)
        if found.code == nil {
            let reason = found.errorMessage ?? "it is \(found.status.text)"
            let code = found.errorCode.map { " (\($0))" } ?? ""
            terminal.error([TextTable.printable("no code came: \(reason)\(code)")])
        }
        return found.code != nil
    }

    // MARK: - Following

    private func follow(_ arguments: Verify, since start: Timestamp, _ seen: borrowing Watched) async throws
        -> WatchedVerification
    {
        var found = WatchedVerification(try await order(arguments))
        terminal.note("verification \(found.id)")
        seen.set(found)
        var cancelAt = arguments.cancelAfter.map { start + .seconds($0) }
        while found.code == nil, !found.isOver, Timestamp.now < start + Self.patience {
            if let moment = cancelAt, moment <= .now {
                cancelAt = try await cancel(&found)
            } else if found.phoneNumber == nil {
                try await Task.sleep(for: .milliseconds(500))
                found.update(try await one(found.id))
            } else {
                try await waitForMessage(&found, until: cancelAt)
            }
            seen.set(found)
        }
        if found.code == nil, found.isOver { found.update(try await messages(found.id, wait: 0)) }
        try await settle(&found)
        return found
    }

    private func order(_ arguments: Verify) async throws -> VerificationBody {
        var body = CreateVerification()
        body.service = arguments.service
        body.country = arguments.country
        body.capability = arguments.capability
        body.operator = arguments.operator
        body.maxPrice = arguments.maxPrice
        return try await gateway.post(
            "/verify/create", JSON(of: body), idempotencyKey: "verify:\(ID.new())", prefer: "wait=15",
            as: VerificationBody.self)
    }

    private func one(_ id: ID) async throws -> VerificationBody {
        try await gateway.get("/verify/\(id)", as: VerificationBody.self)
    }

    private func messages(_ id: ID, wait: Int) async throws -> [MessageBody] {
        try await gateway.get(
            "/verify/\(id)/messages?wait=\(wait)", as: ListBody<MessageBody>.self, deadline: .seconds(wait + 15)
        ).data
    }

    /// Waits for a message for as long as nothing else is due, then looks how the order stands.
    private func waitForMessage(_ found: inout WatchedVerification, until due: Timestamp?) async throws {
        var wait = Self.longPoll
        if let due { wait = min(wait, max(1, Int((due - .now).inSeconds.rounded(.up)))) }
        let hadText = found.text != nil
        found.update(try await messages(found.id, wait: wait))
        if found.code != nil { return }
        // Once there is a message without a code, the question is answered at once and no longer waits.
        if hadText { try await Task.sleep(for: .seconds(1)) }
        found.update(try await one(found.id))
    }

    /// Cancels; when the provider takes that only later, gives that moment.
    private func cancel(_ found: inout WatchedVerification) async throws -> Timestamp? {
        do {
            found.update(try await gateway.delete("/verify/\(found.id)", as: VerificationBody.self))
            return nil
        } catch let failure as CommandFailure where failure.errorCode == ErrorCode.earlyCancel.rawValue {
            return .now + .seconds(max(1, failure.retryAfter ?? 5))
        } catch let failure as CommandFailure where failure.errorCode == ErrorCode.notCancellable.rawValue {
            // It has ended, or its message has come, meanwhile: the next look tells.
            found.update(try await one(found.id))
            return nil
        }
    }

    /// Waits until the money is where it stays, so that what is told of the cost is what it did cost.
    private func settle(_ found: inout WatchedVerification) async throws {
        let end = Timestamp.now + Self.settling
        while true {
            let page = try await gateway.get(
                "/billing/transactions?verification_id=\(found.id)&limit=50", as: PageBody<TransactionBody>.self)
            found.update(page.data)
            if !found.isOver { found.update(try await one(found.id)) }
            if found.charged != nil && found.isOver || Timestamp.now > end { return }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    // MARK: - The line of progress

    /// What the line of progress is made from; written by the one who follows, read by the one who draws.
    private final class Watched: Sendable {
        private let value = Mutex<WatchedVerification?>(nil)
        func set(_ found: WatchedVerification) { value.withLock { $0 = found } }
        var current: WatchedVerification? { value.withLock { $0 } }
    }

    /// Draws the line anew until cancelled.
    private func tick(_ seen: Watched, since start: Timestamp) async {
        while !Task.isCancelled {
            let now = Timestamp.now
            if let found = seen.current {
                // Without the clock, so that where nobody watches each state is told of once.
                let news =
                    found.isOver ? found.status.text : found.phoneNumber.map { "number \($0)" } ?? "no number yet"
                line.show(found.progress(now: now, since: start), news: news)
            } else {
                line.show("ordering", news: "ordering")
            }
            do { try await Task.sleep(for: .milliseconds(250)) } catch { return }
        }
    }
}
