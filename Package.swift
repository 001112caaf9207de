// swift-tools-version: 6.2
import PackageDescription

// The rooms and their arrows. A module may import only what its line here names; `deploy/checks/imports`
// refuses anything else, transitive imports included.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A C library of Debian's, reached through a module map and a header of inline doors.
func library(_ name: String, package: String, pkgConfig: String? = nil) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func shared(_ name: String, _ dependencies: [String] = [], folder: String? = nil) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, path: "Shared/\(folder ?? name)",
        swiftSettings: settings)
}

/// A service is three rooms: `Core` (rules, no I/O), `App` (I/O) and `Main` (twenty lines).
func service(_ name: String, executable: String, core: [String] = [], app: [String] = []) -> [Target] {
    let base = "Services/\(name)"
    return [
        .target(
            name: "\(name)Core",
            dependencies: (["Kit", "JSON", "Contracts"] + core).map { .init(stringLiteral: $0) },
            path: "\(base)/Core", swiftSettings: settings),
        .target(
            name: "\(name)App",
            dependencies: (["\(name)Core", "Kit", "JSON", "Contracts", "Runtime"] + app)
                .map { .init(stringLiteral: $0) },
            path: "\(base)/App", resources: [], swiftSettings: settings),
        .executableTarget(
            name: executable, dependencies: [.init(stringLiteral: "\(name)App"), "Runtime"],
            path: "\(base)/Main", swiftSettings: settings),
    ]
}

func tests(_ kind: String, _ name: String, _ dependencies: [String]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, path: "Tests/\(kind)/\(name)",
        swiftSettings: settings)
}

let libraries: [Target] = [
    library("CLinux", package: "libc6-dev"),
    library("CJansson", package: "libjansson-dev"),
    library("CPostgres", package: "libpq-dev", pkgConfig: "libpq"),
    library("CRabbitMQ", package: "librabbitmq-dev"),
    library("CCurl", package: "libcurl4-openssl-dev"),
    library("CMicroHTTPD", package: "libmicrohttpd-dev"),
    library("CWslay", package: "libwslay-dev"),
    library("CSodium", package: "libsodium-dev"),
    library("CCrypto", package: "libssl-dev"),
    library("CHiredis", package: "libhiredis-dev"),
]

let rooms: [Target] = [
    shared("Kit"),
    shared("JSON", ["Kit", "CJansson"]),
    shared("Codes"),
    shared("Runtime", ["Kit", "JSON", "CLinux"]),
    shared("Security", ["Kit", "JSON", "Runtime", "CSodium", "CCrypto"]),
    shared("Database", ["Kit", "JSON", "Runtime", "CPostgres", "CLinux"]),
    shared("Contracts", ["Kit", "JSON"]),
    shared("Prices", ["Kit", "JSON", "Contracts"]),
    shared("Choosing", ["Kit", "JSON", "Contracts"]),
    shared("Demand", ["Kit"]),
    shared("Bus", ["Kit", "JSON", "Runtime", "Contracts", "Database", "CRabbitMQ", "CLinux"]),
    shared("HTTPServer", ["Kit", "JSON", "Runtime", "CMicroHTTPD", "CWslay", "CCrypto", "CLinux"]),
    shared("HTTPClient", ["Kit", "JSON", "Runtime", "CCurl", "CLinux"]),
    shared("Tracing", ["Kit", "JSON", "Runtime", "HTTPClient"]),
    shared("Redis", ["Kit", "Runtime", "CHiredis", "CLinux"]),
    shared("Providers", ["Kit", "JSON", "Runtime", "HTTPClient", "Security"]),
    // Not called after its folder: a module of ours named Testing would hide the toolchain's.
    shared(
        "TestSupport",
        ["Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPServer", "HTTPClient", "CLinux"],
        folder: "Testing"),
]

let services: [Target] = [
    service(
        "Gateway", executable: "gateway", core: ["Prices"],
        app: [
            "Prices", "Database", "Bus", "HTTPServer", "HTTPClient", "Providers", "Security", "Redis", "Tracing",
        ]),
    service(
        "Verification", executable: "verification", core: ["Codes", "Prices", "Choosing", "Demand"],
        app: [
            "Codes", "Prices", "Choosing", "Demand", "Database", "Bus", "HTTPServer", "HTTPClient", "Providers",
            "Security", "Redis", "Tracing",
        ]),
    service(
        "Pricing", executable: "pricing", core: ["Prices"],
        app: ["Prices", "Database", "Bus", "HTTPServer", "HTTPClient", "Providers", "Tracing"]),
    service("Billing", executable: "billing", app: ["Database", "Bus", "HTTPServer", "Tracing"]),
    service("Sandbox", executable: "sandbox", app: ["HTTPServer", "HTTPClient", "Providers", "Security"]),
    service(
        "Control", executable: "namaskahctl", core: ["Codes"],
        app: ["Codes", "Choosing", "Demand", "Database", "Bus", "HTTPClient", "Security"]),
].flatMap { $0 }

let unitTests: [Target] = [
    tests("Unit", "KitTests", ["Kit"]),
    tests("Unit", "JSONTests", ["Kit", "JSON"]),
    tests("Unit", "CodesTests", ["Codes"]),
    tests("Unit", "RuntimeTests", ["Kit", "JSON", "Runtime"]),
    tests("Unit", "SecurityTests", ["Kit", "JSON", "Runtime", "Security"]),
    tests("Unit", "ContractsTests", ["Kit", "JSON", "Contracts"]),
    tests("Unit", "PricesTests", ["Kit", "JSON", "Contracts", "Prices"]),
    tests("Unit", "PricingCoreTests", ["Kit", "JSON", "Contracts", "Prices", "PricingCore"]),
    tests("Unit", "ProvidersTests", ["Kit", "JSON", "Runtime", "HTTPClient", "Security", "Providers"]),
    tests("Unit", "BillingCoreTests", ["Kit", "JSON", "Contracts", "BillingCore", "TestSupport"]),
    tests("Unit", "DemandTests", ["Kit", "Demand"]),
    tests("Unit", "ChoosingTests", ["Kit", "JSON", "Contracts", "Choosing"]),
    tests(
        "Unit", "VerificationCoreTests",
        ["Kit", "JSON", "Contracts", "Codes", "Choosing", "Demand", "VerificationCore"]),
    tests("Unit", "GatewayCoreTests", ["Kit", "JSON", "Contracts", "GatewayCore"]),
    tests("Unit", "SandboxCoreTests", ["Kit", "JSON", "Contracts", "SandboxCore"]),
    tests("Unit", "ChaosTests", ["Chaos", "TestSupport"]),
    tests("Unit", "ControlCoreTests", ["Kit", "JSON", "Contracts", "Codes", "ControlCore"]),
]

let integrationTests: [Target] = [
    tests("Integration", "DatabaseTests", ["Kit", "JSON", "Runtime", "Database", "TestSupport"]),
    tests("Integration", "BusTests", ["Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "TestSupport"]),
    tests(
        "Integration", "HTTPTests",
        ["Kit", "JSON", "Runtime", "HTTPServer", "HTTPClient", "Tracing", "TestSupport", "CLinux"]),
    tests(
        "Integration", "GatewayTests",
        [
            "Kit", "JSON", "Runtime", "Contracts", "Prices", "Database", "HTTPServer", "HTTPClient", "Security",
            "Redis",
            "Bus", "TestSupport", "GatewayCore", "GatewayApp",
        ]),
    tests("Integration", "RedisTests", ["Kit", "Runtime", "Redis", "TestSupport"]),
    tests(
        "Integration", "BillingTests",
        ["Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "TestSupport", "BillingCore", "BillingApp"]),
    tests(
        "Integration", "VerificationTests",
        [
            "Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPServer", "HTTPClient", "Security",
            "Providers", "Choosing", "Demand", "TestSupport", "VerificationCore", "VerificationApp", "SandboxCore",
            "SandboxApp",
        ]),
    tests(
        "Integration", "PricingTests",
        [
            "Kit", "JSON", "Runtime", "Contracts", "Prices", "Database", "Bus", "HTTPClient", "HTTPServer", "Providers",
            "TestSupport", "SandboxCore", "SandboxApp", "PricingCore", "PricingApp",
        ]),
    tests(
        "Integration", "SandboxTests",
        [
            "Kit", "JSON", "Runtime", "HTTPServer", "HTTPClient", "Security", "Providers", "Codes", "TestSupport",
            "SandboxCore", "SandboxApp",
        ]),
]

// The built services as processes; what a customer meets, and what must hold whatever dies.
let wholeTests: [Target] = [
    tests(
        "EndToEnd", "EndToEndTests",
        [
            "Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPClient", "HTTPServer", "TestSupport",
            "Chaos", "BillingApp", "GatewayApp", "VerificationApp",
        ]),
    tests(
        "Fault", "FaultTests",
        ["Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPClient", "TestSupport", "Chaos"]),
]

// The services' rules in a world in memory, where a seed decides what goes wrong.
let simulation: [Target] = [
    .target(
        name: "Simulation",
        dependencies: [
            "Kit", "JSON", "Runtime", "Contracts", "Prices", "Choosing", "Demand", "Bus", "VerificationCore",
            "BillingCore", "GatewayCore", "TestSupport",
        ],
        path: "Tests/Simulation/Simulation", swiftSettings: settings),
    .executableTarget(
        name: "simulate", dependencies: ["Kit", "Runtime", "Simulation"], path: "Tests/Simulation/Simulate",
        swiftSettings: settings),
    tests("Simulation", "SimulationTests", ["Simulation"]),
]

// The chooser among offers against its rivals, in markets of the Sandbox whose true rates nobody is told.
let market: [Target] = [
    .target(
        name: "MarketLab", dependencies: ["Kit", "Choosing", "SandboxCore"], path: "Tests/Market/MarketLab",
        swiftSettings: settings),
    .executableTarget(
        name: "marketlab", dependencies: ["Kit", "Runtime", "Choosing", "MarketLab"],
        path: "Tests/Market/Main", swiftSettings: settings),
    tests("Market", "MarketTests", ["Kit", "Choosing", "MarketLab"]),
]

/// What `make bench` runs beside the services.
let bench = Target.executableTarget(
    name: "bench",
    dependencies: [
        "Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPClient", "HTTPServer", "Providers",
        "TestSupport", "PricingCore", "PricingApp", "CRabbitMQ",
    ], path: "Tests/Bench/Bus",
    swiftSettings: settings)

/// What does everything that can go wrong to the services, and the program of `make chaos`. The clock is a library that is
/// put in front of a service while it runs.
let laboratory: [Target] = [
    .target(name: "ChaosClock", path: "Tests/Fault/ChaosClock"),
    .target(
        name: "Chaos",
        dependencies: [
            "Kit", "JSON", "Runtime", "Contracts", "Database", "Bus", "HTTPClient", "Security", "TestSupport",
            "ControlCore",
        ], path: "Tests/Fault/Chaos", swiftSettings: settings),
    .executableTarget(
        name: "chaos", dependencies: ["Chaos", "Runtime"], path: "Tests/Fault/ChaosMain", swiftSettings: settings),
]

extension Product {
    /// What `LD_PRELOAD` lays under a program.
    static func preloaded(_ name: String, from target: String) -> Product {
        library(name: name, type: .dynamic, targets: [target])
    }
}

let package = Package(
    name: "namaskah", products: [.preloaded("chaosclock", from: "ChaosClock")],
    targets: libraries + rooms + services + unitTests + integrationTests + wholeTests + laboratory + simulation
        + market + [bench])
