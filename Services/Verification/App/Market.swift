import Providers

/// The upstreams this process may use, by name.
struct Market: Sendable {
    private let providers: [String: any Provider]

    init(_ providers: [any Provider]) {
        self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> (any Provider)? { providers[name] }
    var all: [any Provider] { providers.values.sorted { $0.name < $1.name } }
}
