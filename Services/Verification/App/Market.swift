import Providers

/// The upstreams this process may use, by name.
struct Market: Sendable {
    private let providers: [String: any Provider]
    private let care: [String: ProviderSettings.Care]

    init(_ providers: [any Provider], care: [String: ProviderSettings.Care] = [:]) {
        self.care = care
        self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> (any Provider)? { providers[name] }
    var all: [any Provider] { providers.values.sorted { $0.name < $1.name } }

    func care(at name: String) -> ProviderSettings.Care { care[name] ?? ProviderSettings.Care() }
    /// Those where open orders are counted.
    var counted: [String] { care.filter { $0.value.openOrders != nil }.keys.sorted() }

    /// The rating below which a provider is left alone while another sells the same; nil for those who do not rate. 5SIM's
    /// falls with every number given back, and at 0 nothing is sold for a day.
    func sparing(_ name: String) -> Double? { name == "5sim" ? 20 : nil }
}

extension Provider {
    /// Nothing is asked of it for a while.
    var isAway: Bool { if case .open = breakerState { true } else { false } }
}
