import Runtime
import TestSupport

extension Injector {
    func disturbServer(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        let servers = stack.servers
        let (server, verb) =
            switch step.kind {
            case .brokerKill: ("rabbitmq", "kill")
            case .brokerStop: ("rabbitmq", "stop")
            case .postgresKill: ("postgres", "kill")
            case .postgresStop: ("postgres", "stop")
            case .redisKill: ("redis", "kill")
            case .brokerAlarm: ("rabbitmq", "alarm")
            default: preconditionFailure("\(step.kind) is done to no server")
            }
        if step.kind == .brokerAlarm {
            let result: Swift.Result<Void, any Error>
            do {
                try await setWatermark("0.000001")
                try await Task.sleep(for: step.lasts)
                result = .success(())
            } catch { result = .failure(error) }
            try await insist { try await setWatermark("0.4") }
            return try result.get()
        }
        let result: Swift.Result<Void, any Error>
        do {
            try await servers.control(verb, server)
            try await Task.sleep(for: step.lasts)
            result = .success(())
        } catch { result = .failure(error) }
        try await insist { try await servers.control("start", server) }
        try result.get()
    }

    /// How much of the machine's memory the broker may have before it stops reading from whoever publishes.
    func setWatermark(_ share: String) async throws {
        guard let home = stack.servers.home else { throw TestStackError("the broker is not the run's own") }
        let ports = try TestFiles.settings("\(home)/ports")
        let child = try await ChildProcess.start(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-q", "set_vm_memory_high_watermark", share],
            environment: [
                "PATH": ConfigurationReader.process["PATH"] ?? "/usr/bin:/bin", "LANG": "C.UTF-8",
                "HOME": "\(home)/rabbitmq", "ERL_EPMD_PORT": ports["EPMD_PORT"] ?? "",
                "RABBITMQ_NODENAME": "namaskah@localhost", "RABBITMQ_CONF_ENV_FILE": "\(home)/rabbitmq/none",
            ], log: "\(home)/scripts.log")
        guard await child.end(within: .seconds(30)) == .exited(0) else {
            child.signal(9)
            throw TestStackError("rabbitmqctl failed: see \(home)/scripts.log")
        }
    }
}
