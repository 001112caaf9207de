import Bus
import Foundation
import JSON
import Testing

/// The broker is set up from a document, the services are built from code; both speak of the same things.
@Suite struct DefinitionsTests {
    private let definitions: JSON
    private let topology = Topology.shared()

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = try Data(contentsOf: root.appending(path: "deploy/rabbitmq/definitions.json"))
        definitions = try JSON(parsing: file)
    }

    private func entries(_ kind: String) throws -> [JSON] {
        guard case .array(let entries) = try #require(definitions[kind]) else { return [] }
        return entries
    }

    @Test("The broker is set up with exactly the exchanges that the services name")
    func exchanges() throws {
        let written = try entries("exchanges").map { "\($0["name"] ?? .null) \($0["type"] ?? .null)" }
        let named = topology.exchanges.map { "\(JSON.string($0.name)) \(JSON.string($0.kind.rawValue))" }
        #expect(written.sorted() == named.sorted())
    }

    @Test("The shared queues are made with the arguments that the services expect, which never change afterwards")
    func queues() throws {
        let written = try entries("queues").map { queue in
            guard case .object(let arguments) = try #require(queue["arguments"]) else { return "" }
            return "\(queue["name"] ?? .null) \(arguments.map { "\($0.name)=\($0.value)" }.sorted())"
        }
        let named = topology.queues.map { queue in
            var arguments = queue.arguments.map { name, value in
                switch value {
                case .string(let text): "\(name)=\(JSON.string(text))"
                case .integer(let number): "\(name)=\(JSON.integer(number))"
                default: "\(name)=\(value)"
                }
            }
            arguments.append("x-queue-type=\(JSON.string(queue.kind.rawValue))")
            return "\(JSON.string(queue.name)) \(arguments.sorted())"
        }
        #expect(written.sorted() == named.sorted())
    }

    @Test("What is bound in the broker is what the services count on")
    func bindings() throws {
        let written = try entries("bindings").map {
            "\($0["destination"] ?? .null) \($0["source"] ?? .null) \($0["routing_key"] ?? .null)"
        }
        let named = topology.bindings.map {
            "\(JSON.string($0.queue)) \(JSON.string($0.exchange)) \(JSON.string($0.routingKey))"
        }
        #expect(written.sorted() == named.sorted())
    }

    @Test("Every policy that the shared queues need is applied, and no other pattern covers the same queues")
    func policies() throws {
        let written = try entries("policies")
        for policy in topology.policies {
            let same = written.filter { $0["pattern"] == .string(policy.pattern) }
            #expect(same.count == 1)
            guard case .object(let expected) = policy.definition, case .object(let found)? = same.first?["definition"]
            else { continue }
            #expect(
                found.map { "\($0.name)=\($0.value)" }.sorted() == expected.map { "\($0.name)=\($0.value)" }.sorted())
        }
    }
}
