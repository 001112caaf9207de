import JSON
import Kit

/// A request to the simulated provider, as its own journal has it.
package struct ProviderRequest: Sendable {
    package let at: Timestamp
    package let endpoint: String
    package let status: Int
    /// The last part of the path: the provider's reference of an order, where it asks about one.
    package let subject: String
}

extension TestStack {
    /// What the provider was asked, oldest first, as far back as its journal reaches.
    package func providerRequests(since: Timestamp? = nil) async throws -> [ProviderRequest] {
        let answer = try await sandbox("GET", "/requests?limit=100000")
        return (answer["requests"]?.arrayValue ?? []).compactMap { entry in
            guard let at = entry["at"]?.stringValue.flatMap({ Timestamp($0) }), at >= since ?? at,
                let target = entry["target"]?.stringValue
            else { return nil }
            let path = target.prefix { $0 != "?" }
            return ProviderRequest(
                at: at, endpoint: entry["endpoint"]?.stringValue ?? "", status: Int(entry["status"]?.integerValue ?? 0),
                subject: String(path.split(separator: "/").last ?? ""))
        }
    }

    /// When the provider was asked about each order.
    package func checks(since: Timestamp? = nil) async throws -> [String: [Timestamp]] {
        Dictionary(
            grouping: try await providerRequests(since: since).filter { $0.endpoint == "check" }, by: \.subject
        ).mapValues { $0.map(\.at) }
    }
}
