import Glibc
import TestSupport

extension Injector {
    func disturbService(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        let service = generator.pick(Keeper.services)
        switch step.kind {
        case .kill:
            // Sometimes its leases run out by themselves, as they do when nobody helps.
            let helps = generator.below(4) != 0
            try await keeper.hold(service) {
                try await stack.kill(service)
                try await Task.sleep(for: step.lasts)
                // A server that is away makes this a longer failure.
                if helps { try? await stack.forgetLeases(of: service) }
            }
        case .crashpoint:
            let point = Crashpoints.all[generator.below(Crashpoints.all.count)]
            try await crash(point.service, at: point.name)
        case .terminate:
            try await keeper.hold(service) {
                _ = await stack.terminate(service, within: .seconds(25))
                if stack.isRunning(service) {
                    diary.note("\(service.rawValue) did not end within 25 s of SIGTERM")
                    try await stack.kill(service)
                }
                try await Task.sleep(for: step.lasts)
            }
        case .freeze:
            let frozen = generator.pick(TestStack.Service.allCases)
            try await keeper.hold(frozen) {
                stack.signal(frozen, SIGSTOP)
                try await Task.sleep(for: step.lasts)
                stack.signal(frozen, SIGCONT)
            }
        case .clockJump:
            clocks.set(service, offset: generator.pick([300, -300, 3600, -3600]))
            try await Task.sleep(for: step.lasts)
            clocks.set(service, offset: 0)
        case .fullLog:
            try await keeper.hold(service) {
                try await stack.kill(service)
                try? await stack.forgetLeases(of: service)
                try await keeper.begin(service, log: "/dev/full")
                try await Task.sleep(for: step.lasts)
                guard stack.isRunning(service) else {
                    throw TestStackError("\(service.rawValue) ended because its log was full")
                }
                try await stack.kill(service)
                try? await stack.forgetLeases(of: service)
            }
        default: preconditionFailure("\(step.kind) is done to no service")
        }
        await ready(within: .seconds(5))
    }

    /// Starts it anew so that it dies at the point, with whatever is on its way; when it does not come by there, it is
    /// killed where it is.
    private func crash(_ service: TestStack.Service, at point: String) async throws {
        diary.note("\(service.rawValue) is to die at \(point)")
        try await keeper.hold(service) {
            try await stack.kill(service)
            try? await stack.forgetLeases(of: service)
            try await keeper.begin(service, dyingAt: "\(point):2")
            if await stack.ending(of: service, within: .seconds(8)) == nil { try await stack.kill(service) }
            try? await stack.forgetLeases(of: service)
        }
    }

    /// The next service is not disturbed before this one has come back, or has had time to.
    private func ready(within limit: Duration) async {
        _ = await eventually(within: limit) {
            for service in Keeper.services where await !keeper.isReady(service) { return false }
            return true
        }
    }
}
