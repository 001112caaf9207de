import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime
import Synchronization

/// `/system/*`: how the suite stands, for those who run it and for status pages.
struct SystemRoutes: Sendable {
    let database: Database
    let health: Health
    let metrics: Metrics
    let startedAt: Timestamp
    private let cache = HealthCache()

    init(database: Database, health: Health, metrics: Metrics, startedAt: Timestamp = .now) {
        self.database = database
        self.health = health
        self.metrics = metrics
        self.startedAt = startedAt
    }

    /// Routes that anybody may read.
    func addOpen(to router: inout Router) {
        router.on(.get, "/healthz") { _ in .json(200, ["status": "ok"] as JSON) }
        router.on(.get, "/readyz") { _ in .json(health.isReady ? 200 : 503, health.json) }
        router.on(.get, "/system/health", systemHealth)
        router.on(.get, "/system/info") { request in
            _ = try request.query(allowing: [])
            return .json(
                200,
                [
                    "name": "namaskah", "version": .string(Version.text), "api": "v1",
                    "started_at": .string(startedAt.description), "now": .string(Timestamp.now.description),
                ] as JSON)
        }
    }

    /// Routes behind authentication.
    func add(to router: inout Router) {
        router.group(using: [requireRole(.admin)]) { router in
            router.on(.get, "/system/metrics") { request in
                _ = try request.query(allowing: [])
                return OperationsEndpoints.figures(health, metrics)
            }
        }
    }

    private final class HealthCache: Sendable {
        private let last = Mutex<(at: ContinuousClock.Instant, json: JSON, isReady: Bool)?>(nil)

        /// At most once in five seconds, so that a status page cannot become a load.
        func read(_ make: () async throws -> (JSON, Bool)) async throws -> (JSON, Bool) {
            if let known = last.withLock({ $0 }), known.at.duration(to: .now) < .seconds(5) {
                return (known.json, known.isReady)
            }
            let (json, isReady) = try await make()
            last.withLock { $0 = (.now, json, isReady) }
            return (json, isReady)
        }
    }

    private struct ProviderRow: Row {
        let name: String
        let json: JSON
        let checkedAt: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            name = try columns.next()
            json = try columns.next()
            checkedAt = try columns.next()
        }
    }

    private func systemHealth(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let (json, isReady) = try await cache.read {
            var providers: [JSON.Member] = []
            var isDatabaseThere = true
            do {
                let rows = try await database.rows(
                    ProviderRow.self, "SELECT name, status, checked_at FROM providers ORDER BY name")
                providers = rows.map { row in
                    .init(
                        row.name,
                        [
                            "breaker": row.json["breaker"] ?? "unknown",
                            "healthy": .bool(row.json["error"] == nil && row.json["breaker"] == "closed"),
                            "checked_at": .string(row.checkedAt.description),
                        ])
                }
            } catch { isDatabaseThere = false }
            let isReady = health.isReady && isDatabaseThere
            let dependencies = health.all.sorted { $0.key < $1.key }.map { name, status in
                JSON.Member(name, ["healthy": .bool(status.isReady), "since": .string(status.since.description)])
            }
            return (
                [
                    "status": .string(isReady ? "healthy" : "unhealthy"), "dependencies": .object(dependencies),
                    "providers": .object(providers), "checked_at": .string(Timestamp.now.description),
                ], isReady
            )
        }
        return .json(isReady ? 200 : 503, json)
    }
}
