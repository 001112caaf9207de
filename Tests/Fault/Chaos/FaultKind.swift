/// Everything that the laboratory does to the suite. The raw value is the name by which a run is narrowed and told.
package enum FaultKind: String, CaseIterable, Sendable {
    // Processes.
    case kill
    case crashpoint
    case terminate
    case freeze
    case clockJump = "clock-jump"
    case fullLog = "full-log"
    // Servers.
    case brokerKill = "broker-kill"
    case brokerStop = "broker-stop"
    case brokerAlarm = "broker-alarm"
    case postgresKill = "postgres-kill"
    case postgresStop = "postgres-stop"
    case redisKill = "redis-kill"
    // Ways between them.
    case cutInPublish = "cut-in-publish"
    case resetWire = "reset-wire"
    case lateWire = "late-wire"
    case slicedWire = "sliced-wire"
    case silentWire = "silent-wire"
    case refusedWire = "refused-wire"
    case sessionsEnded = "sessions-ended"
    case brokerCloses = "broker-closes"
    case leaseLost = "lease-lost"
    // Deliveries.
    case duplicate
    case stale
    case reorder
    case poison
    case queueEmptied = "queue-emptied"
    case bindingLost = "binding-lost"
    // The provider.
    case providerSilent = "provider-silent"
    case providerSlow = "provider-slow"
    case providerGarbage = "provider-garbage"
    case providerHTML = "provider-html"
    case providerHalf = "provider-half"
    case providerNull = "provider-null"
    case providerCut = "provider-cut"
    case providerErrors = "provider-errors"
    case providerLimits = "provider-limits"
    case providerRefuses = "provider-refuses"
    case boughtThen502 = "bought-then-502"
    case boughtThenSilence = "bought-then-silence"
    case boughtThenCut = "bought-then-cut"
    case wrongID = "wrong-id"
    case repeatedID = "repeated-id"
    case historyEmpty = "history-empty"
    case lateRefund = "late-refund"
    case codeAfterCancel = "code-after-cancel"

    /// What steps stand in one another's way, so that they go one after the other.
    package enum Lane: Hashable, Sendable {
        case services
        case servers
        /// Small things, any number at a time.
        case open
    }

    package var lane: Lane {
        switch self {
        case .kill, .crashpoint, .terminate, .freeze, .clockJump, .fullLog: .services
        case .brokerKill, .brokerStop, .brokerAlarm, .postgresKill, .postgresStop, .redisKill: .servers
        default: .open
        }
    }

    /// Whether it kills a process or a server.
    package var isKill: Bool {
        switch self {
        case .kill, .crashpoint, .brokerKill, .postgresKill, .redisKill: true
        default: false
        }
    }

    /// How many of ten thousand faults are of this kind. Those that take seconds are few, and still enough that more
    /// than three hundred are kills.
    package var weight: Int {
        switch self {
        case .kill: 150
        case .crashpoint: 120
        case .terminate: 40
        case .freeze: 40
        case .clockJump: 30
        case .fullLog: 15
        case .brokerKill: 25
        case .brokerStop: 10
        case .brokerAlarm: 15
        case .postgresKill: 35
        case .postgresStop: 15
        case .redisKill: 25
        case .cutInPublish: 250
        case .resetWire: 250
        case .lateWire: 200
        case .slicedWire: 150
        case .silentWire: 60
        case .refusedWire: 80
        case .sessionsEnded: 200
        case .brokerCloses: 60
        case .leaseLost: 200
        case .duplicate: 2300
        case .stale: 1000
        case .reorder: 400
        case .poison: 400
        case .queueEmptied: 60
        case .bindingLost: 40
        case .providerSilent: 200
        case .providerSlow: 400
        case .providerGarbage: 350
        case .providerHTML: 350
        case .providerHalf: 350
        case .providerNull: 350
        case .providerCut: 350
        case .providerErrors: 200
        case .providerLimits: 100
        case .providerRefuses: 400
        case .boughtThen502: 150
        case .boughtThenSilence: 100
        case .boughtThenCut: 150
        case .wrongID: 60
        case .repeatedID: 60
        case .historyEmpty: 60
        case .lateRefund: 100
        case .codeAfterCancel: 100
        }
    }
}
