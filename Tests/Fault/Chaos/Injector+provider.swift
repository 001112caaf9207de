import HTTPClient
import JSON
import Kit
import TestSupport

extension Injector {
    func disturbProvider(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        switch step.kind {
        case .lateRefund, .codeAfterCancel: return try await surprise(step, &generator)
        case .historyEmpty: return try await emptyHistory()
        default: break
        }
        let milliseconds = JSON.integer(
            Int64(step.lasts.components.seconds * 1000 + step.lasts.components.attoseconds / 1_000_000_000_000_000))
        let anywhere = generator.pick(["buy", "check", "check", "finish", "cancel"])
        var fault: [JSON.Member] = [.init("count", 1)]
        let (endpoint, kind): (String, String)
        switch step.kind {
        case .providerSilent:
            (endpoint, kind) = (anywhere, "hang")
            fault.append(.init("delay_ms", milliseconds))
        case .providerSlow:
            (endpoint, kind) = (anywhere, "latency")
            fault = [.init("count", .integer(Int64(1 + generator.below(4)))), .init("delay_ms", milliseconds)]
        case .providerGarbage: (endpoint, kind) = (anywhere, "garbage")
        case .providerHTML: (endpoint, kind) = (anywhere, "html200")
        case .providerHalf: (endpoint, kind) = (anywhere, "truncated")
        case .providerNull: (endpoint, kind) = (anywhere, "null")
        case .providerCut: (endpoint, kind) = (anywhere, "reset")
        case .providerErrors:
            (endpoint, kind) = ("any", generator.pick(["internal_error", "html502", "server_offline"]))
            fault = [.init("count", .integer(Int64(2 + generator.below(5))))]
        case .providerLimits:
            (endpoint, kind) = ("any", generator.pick(["rate_limit", "ip_limit"]))
            fault = [.init("count", .integer(Int64(1 + generator.below(4))))]
        case .providerRefuses:
            (endpoint, kind) = ("buy", generator.pick(["no_free_phones", "not_enough_balance", "server_offline"]))
        case .boughtThen502: (endpoint, kind) = ("buy", "html502_after_execution")
        case .boughtThenSilence:
            (endpoint, kind) = ("buy", "timeout_after_execution")
            fault.append(.init("delay_ms", milliseconds))
        case .boughtThenCut: (endpoint, kind) = ("buy", "reset_after_execution")
        case .wrongID: (endpoint, kind) = (generator.pick(["buy", "check"]), "wrong_id")
        case .repeatedID: (endpoint, kind) = ("buy", "duplicate_id")
        default: preconditionFailure("\(step.kind) is done to no provider")
        }
        fault += [.init("endpoint", .string(endpoint)), .init("kind", .string(kind))]
        let wish = JSON.object(fault)
        _ = try await insist { try await stack.sandbox("POST", "/faults", wish) }
    }

    /// Once, the history lacks everything. Not more often in a row than the suite is made for: the one before is taken
    /// back if nobody has met it.
    private func emptyHistory() async throws {
        let answer = try await insist {
            try await stack.sandbox(
                "POST", "/faults",
                [
                    "endpoint": "orders", "kind": "status", "status": 200, "count": 1,
                    "text": "{\"Data\":[],\"ProductNames\":[],\"Statuses\":[],\"Total\":0}",
                ])
        }
        let id = answer["id"]?.integerValue.map { Int($0) }
        if let last = exchangeHistory(id) {
            // One that was met is not there any more.
            let wasThere = (try? await stack.sandbox("DELETE", "/faults/\(last)")) != nil
            if wasThere { takeBack(.historyEmpty, 1) }
        }
    }

    /// What a provider does of itself to an order that a client waits for.
    private func surprise(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        let end = ContinuousClock.now + .seconds(60)
        var found: (id: ID, customer: TestCustomer)?
        while found == nil, ContinuousClock.now < end {
            found = waiting.take()
            // Cancelled only with the whole run.
            if found == nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        guard let (order, customer) = found else { throw TestStackError("no order waited") }
        let reference = try await stack.reference(of: order, within: .seconds(20))
        let delay = JSON.integer(Int64(generator.below(120)))
        let way = generator.below(3)
        let status = generator.pick(["CANCELED", "TIMEOUT", "BANNED"])
        if step.kind == .codeAfterCancel {
            // The code comes while the cancellation is on its way.
            async let sent = stack.sandbox("POST", "/orders/\(reference)/sms", ["delay_ms": delay])
            _ = try? await customer.send(.delete, "/verify/\(order)", within: .seconds(3))
            _ = try await sent
            return
        }
        // Ended by the provider: before a code, after one, or with one on its way.
        if way > 0 { _ = try? await stack.sandbox("POST", "/orders/\(reference)/sms", ["delay_ms": delay]) }
        if way > 1 { try await Task.sleep(for: .milliseconds(60)) }
        _ = try await stack.sandbox("POST", "/orders/\(reference)/status", ["status": .string(status)])
    }
}
