import Providers

/// The upstreams this process may use, by name.
struct Market: Sendable {
    private let providers: [String: any Provider]

    init(_ providers: [any Provider]) {
        self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> (any Provider)? { providers[name] }
    var all: [any Provider] { providers.values.sorted { $0.name < $1.name } }

    /// The rating below which a provider is left alone while another sells the same; nil for those who do not rate. 5SIM's
    /// falls with every number given back, and at 0 nothing is sold for a day.
    func sparing(_ name: String) -> Double? { name == "5sim" ? 20 : nil }
}

extension Provider {
    /// Nothing is asked of it for a while.
    var isAway: Bool { if case .open = breakerState { true } else { false } }
}
