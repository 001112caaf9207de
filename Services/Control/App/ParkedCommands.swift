import Bus
import ControlCore
import Database
import JSON
import Kit

/// `parked list`, `show`, `replay` and `discard`, over the tables of every service that parks.
struct ParkedCommands: Sendable {
    /// How many are read at a time when all are replayed.
    private static let page = 200

    let settings: Settings
    let terminal: Terminal

    func list(_ arguments: ListParked) async throws {
        var found: [(ParkingService, ParkedMessage)] = []
        for service in services(arguments.service) {
            let messages = try await store(service) { try await $0.list(limit: arguments.limit ?? 100) } ?? []
            found += messages.map { (service, $0) }
        }
        var table = TextTable([
            ("ID", .left), ("SERVICE", .left), ("TYPE", .left), ("FROM", .left), ("ATTEMPTS", .right),
            ("PARKED AT", .left), ("REASON", .left),
        ])
        for (service, message) in found {
            table.add([
                message.id.description, service.rawValue, message.type, message.queue, String(message.attempts),
                message.parkedAt.description, message.reason,
            ])
        }
        terminal.result(
            ["parked": .array(found.map { Self.json($0.1, of: $0.0) })],
            found.isEmpty ? "nothing is parked\n" : table.text)
    }

    func show(_ arguments: ParkedMessageArguments) async throws {
        let (service, message) = try await find(arguments.id, in: arguments.service)
        terminal.result(Self.json(message, of: service, withContent: true), Self.text(message, of: service))
    }

    func discard(_ arguments: ParkedMessageArguments) async throws {
        let (service, message) = try await find(arguments.id, in: arguments.service)
        guard try await store(service, { try await $0.discard(message.id) }) ?? false else {
            throw CommandFailure(Self.dealtWith(message))
        }
        terminal.result(
            ["id": .string(message.id.description), "service": .string(service.rawValue), "discarded": true],
            "discarded \(message.id) of \(service.rawValue)\n")
    }

    // MARK: - Replay

    /// What became of each message.
    private struct Tally {
        var sent: [ID] = []
        var refused: [(id: ID, reason: String)] = []
    }

    /// Gives whether every message that was named was sent.
    func replay(_ arguments: ReplayParked) async throws -> Bool {
        let pause = Duration.milliseconds(1000 / max(1, min(arguments.rate ?? 50, 1000)))
        var tally = Tally()
        if arguments.all {
            for service in services(arguments.service) {
                _ = try await store(service) { store in
                    var last = ID.zero
                    while true {
                        let messages = try await store.list(limit: Self.page, after: last)
                        guard let final = messages.last else { return }
                        last = final.id
                        for message in messages {
                            try await replay(message, of: service, store, arguments.isDryRun, pause, &tally)
                        }
                    }
                }
            }
        } else {
            for id in arguments.ids {
                do {
                    let (service, message) = try await find(id, in: arguments.service)
                    _ = try await store(service) { store in
                        try await replay(message, of: service, store, arguments.isDryRun, pause, &tally)
                    }
                } catch let failure as CommandFailure where failure.exitCode == Self.notFound {
                    tally.refused.append((id, failure.lines[0]))
                }
            }
        }
        for (_, reason) in tally.refused { terminal.warning(reason) }
        terminal.result(
            [
                "dry_run": .bool(arguments.isDryRun),
                "replayed": .array(tally.sent.map { .string($0.description) }),
                "refused": .array(
                    tally.refused.map { ["id": .string($0.id.description), "reason": .string($0.reason)] }),
            ],
            "\(arguments.isDryRun ? "would replay" : "replayed") \(tally.sent.count), refused \(tally.refused.count)\n")
        return tally.refused.isEmpty
    }

    private func replay(
        _ message: ParkedMessage, of service: ParkingService, _ store: ParkedStore, _ isDryRun: Bool,
        _ pause: Duration, _ tally: inout Tally
    ) async throws {
        if message.queue.isEmpty {
            tally.refused.append((message.id, "\(message.id) does not say which queue it came from"))
            return
        }
        if message.replayedAt != nil || message.discardedAt != nil {
            tally.refused.append((message.id, Self.dealtWith(message)))
            return
        }
        if !isDryRun {
            guard try await store.replay(message.id) else {
                tally.refused.append((message.id, "\(message.id) was dealt with meanwhile"))
                return
            }
            // What failed together is not thrown back all at once.
            try await Task.sleep(for: pause)
        }
        tally.sent.append(message.id)
        if !terminal.isJSON {
            terminal.text("\(message.id)  \(service.rawValue)  \(message.type) to \(message.queue)\n")
        }
    }

    // MARK: - Finding

    private static let notFound: Int32 = 1

    private func services(_ chosen: ParkingService?) -> [ParkingService] {
        chosen.map { [$0] } ?? ParkingService.allCases
    }

    /// Nil when the service has no table yet, which is no trouble where all are asked.
    private func store<T>(_ service: ParkingService, _ body: (ParkedStore) async throws -> T) async throws -> T? {
        try await AdminDatabase.with(settings, schema: service.rawValue) { database in
            do {
                return try await body(ParkedStore(database))
            } catch let error as DatabaseError where error.sqlState == "42P01" {
                terminal.warning("\(service.rawValue) has no table of parked messages; was it ever started?")
                return nil
            }
        }
    }

    private func find(_ id: ID, in chosen: ParkingService?) async throws -> (ParkingService, ParkedMessage) {
        for service in services(chosen) {
            if let found = try await store(service, { try await $0.show(id) }), let message = found {
                return (service, message)
            }
        }
        throw CommandFailure(
            lines: ["no message \(id) is parked\(chosen.map { " by \($0.rawValue)" } ?? "")"], exitCode: Self.notFound)
    }

    // MARK: - Words

    private static func dealtWith(_ message: ParkedMessage) -> String {
        if let at = message.replayedAt { return "\(message.id) was replayed at \(at)" }
        if let at = message.discardedAt { return "\(message.id) was discarded at \(at)" }
        return "\(message.id) was dealt with meanwhile"
    }

    private static func json(
        _ message: ParkedMessage, of service: ParkingService, withContent: Bool = false
    ) -> JSON {
        var members: [JSON.Member] = [
            .init("id", .string(message.id.description)), .init("service", .string(service.rawValue)),
            .init("type", .string(message.type)), .init("queue", .string(message.queue)),
            .init("message_id", .string(message.messageID)), .init("reason", .string(message.reason)),
            .init("attempts", .integer(Int64(message.attempts))),
            .init("first_at", message.firstAt.map { .string($0.description) } ?? .null),
            .init("parked_at", .string(message.parkedAt.description)),
            .init("replayed_at", message.replayedAt.map { .string($0.description) } ?? .null),
            .init("discarded_at", message.discardedAt.map { .string($0.description) } ?? .null),
        ]
        if withContent {
            members.append(.init("headers", message.headers))
            members.append(.init("body", body(message)))
        }
        return .object(members)
    }

    /// The body as JSON if it is any, else as text: it may be what could not be read that it was parked for.
    private static func body(_ message: ParkedMessage) -> JSON {
        do {
            return try JSON(parsing: message.body)
        } catch {
            return .string(String(decoding: message.body, as: UTF8.self))
        }
    }

    private static func text(_ message: ParkedMessage, of service: ParkingService) -> String {
        var lines = [
            ("id", message.id.description), ("service", service.rawValue), ("type", message.type),
            ("from", message.queue.isEmpty ? "unknown" : message.queue), ("message id", message.messageID),
            ("reason", message.reason), ("attempts", String(message.attempts)),
        ]
        if let at = message.firstAt { lines.append(("first at", at.description)) }
        lines.append(("parked at", message.parkedAt.description))
        if let at = message.replayedAt { lines.append(("replayed at", at.description)) }
        if let at = message.discardedAt { lines.append(("discarded at", at.description)) }
        for header in message.headers.objectValue ?? [] {
            lines.append((header.name, header.value.stringValue ?? header.value.text))
        }
        let width = lines.map(\.0.count).max() ?? 0
        let head = lines.map { name, value in
            "\(name)\(String(repeating: " ", count: width - name.count))  \(TextTable.printable(value))\n"
        }
        return head.joined() + "\n\(TextTable.printable(body(message).text))\n"
    }
}
