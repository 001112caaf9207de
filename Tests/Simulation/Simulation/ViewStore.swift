import Contracts
import GatewayCore
import JSON
import Kit

/// The tables of the gateway: requests taken, and the read model.
final class ViewStore {
    struct View {
        var version = 0
        var status = VerificationStatus.pending
        var messages: Set<ID> = []
        var steps: Set<Int> = []
    }

    private unowned(unsafe) let world: World
    let outbox: OutboxTable
    let leases: Leases
    private(set) var keys: [String: ID] = [:]
    private(set) var views: [ID: View] = [:]
    /// The facts that clients can read.
    private(set) var events: Set<ID> = []
    private(set) var balances: [ID: AccountBalance] = [:]

    init(_ world: World) {
        self.world = world
        outbox = OutboxTable(world)
        leases = Leases(world)
    }

    /// Takes a request; the id it has, now or from before.
    func accept(_ request: VerificationRequest, key: String) -> ID {
        if let known = keys[key] { return known }
        keys[key] = request.verificationID
        views[request.verificationID] = View()
        outbox.write([.request(request)])
        return request.verificationID
    }

    /// Takes a batch of facts.
    func take(_ messages: [Message]) {
        var batch = FactBatch()
        for message in messages {
            switch message.body {
            case .fact(let kind, let fact):
                batch.take(kind, fact)
                events.insert(message.id)
            case .ledger(_, let fact):
                events.insert(message.id)
                let balance = fact.balance
                if balance.version > balances[balance.accountID]?.version ?? -1 {
                    balances[balance.accountID] = balance
                }
            case .request, .action, .ingress, .command: break
            }
        }
        for (id, fact) in batch.states {
            var view = views[id] ?? View(version: -1)
            guard view.version < fact.version || world.mutation == .ignoreVersion else { continue }
            view.version = fact.version
            if let status = fact.status.known { view.status = status }
            views[id] = view
        }
        for (id, message) in batch.messages { views[id, default: View(version: -1)].messages.insert(message.id) }
        for (id, step) in batch.steps { views[id, default: View(version: -1)].steps.insert(step.number) }
    }
}
