import Database
import JSON
import Kit
import TestSupport

extension Injector {
    func disturbWay(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        switch step.kind {
        case .sessionsEnded: return try await endSessions(generator.pick(Keeper.services + [nil]))
        case .brokerCloses:
            let service = generator.pick(Keeper.services)
            // A connection is listed only some seconds after it was made; none yet is none to close.
            return try await insist { try await closeConnections(of: service) }
        case .leaseLost: return try await loseLease(&generator)
        default: break
        }
        var wire = generator.pick(Wire.all)
        if step.kind == .cutInPublish { wire = Wire(service: wire.service, server: .broker) }
        var toxics = ChaosProxy.Toxics()
        switch step.kind {
        case .cutInPublish: toxics.cutAfterBytes = generator.below(4000)
        case .lateWire:
            toxics.latency = .milliseconds(20 + generator.below(300))
            toxics.jitter = toxics.latency / 2
        case .slicedWire: toxics.sliceBytes = 1 + generator.below(7)
        case .silentWire: toxics.isSilent = true
        case .refusedWire: toxics.isRefusing = true
        default: break
        }
        let resets = generator.below(2) == 0
        let chosen = toxics
        try await withWire(wire) { proxy in
            switch step.kind {
            case .resetWire: proxy.cutAll(reset: resets)
            case .cutInPublish:
                proxy.apply(chosen)
                // Until somebody has written so much, or nobody wants to.
                try await Task.sleep(for: .milliseconds(300))
            case .refusedWire:
                proxy.apply(chosen)
                proxy.cutAll(reset: resets)
                try await Task.sleep(for: step.lasts)
            default:
                proxy.apply(chosen)
                try await Task.sleep(for: step.lasts)
            }
        }
    }

    /// As an operator ends them, or a failover: of one service, or of all.
    private func endSessions(_ service: TestStack.Service?) async throws {
        let users = (service.map { [$0] } ?? Keeper.services).map(\.rawValue)
        try await insist {
            try await stack.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY(\(users))")
        }
    }

    private func closeConnections(of service: TestStack.Service) async throws {
        let broker = stack.servers.broker
        let listed = try await broker.expect("GET", "/api/vhosts/\(broker.vhost)/connections").arrayValue ?? []
        let names = listed.filter { $0["user"]?.stringValue == service.rawValue }.compactMap { $0["name"]?.stringValue }
        guard !names.isEmpty else { throw TestStackError("the broker lists no connection of \(service.rawValue)") }
        for name in names {
            // It may have gone by itself meanwhile.
            _ = try? await broker.expect("DELETE", "/api/connections/\(Self.escaped(name))")
        }
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// By hand, under the one who holds it: it runs out, or is somebody else's, or was never there.
    private func loseLease(_ generator: inout SplitMix64) async throws {
        let way = generator.below(5)
        let schema = generator.pick(Keeper.services).rawValue
        let stranger = ID.new()
        try await insist {
            switch way {
            case 0: try await stack.database.execute("UPDATE \(identifier: schema).lease SET until = '-infinity'")
            case 1: try await stack.database.execute("DELETE FROM \(identifier: schema).lease")
            case 2:
                try await stack.database.execute(
                    """
                    UPDATE \(identifier: schema).lease SET owner = \(stranger), epoch = epoch + 1,
                        until = now() + interval '1 second'
                    """)
            case 3:
                try await stack.database.execute(
                    "UPDATE verification.shards SET owner = NULL WHERE shard % 3 = 0")
            default:
                try await stack.database.execute(
                    """
                    WITH stranger AS (
                        INSERT INTO verification.workers (id, until) VALUES (\(stranger), now() + interval '1 second'))
                    UPDATE verification.shards SET owner = \(stranger) WHERE shard % 5 = 0
                    """)
            }
        }
    }
}
