import Contracts
import JSON
import Kit

/// What the broker must hold for another company's service: a user that can write to the ingress under its own routing
/// key and read its own result queue, and nothing else; and that queue.
package struct PublisherAccess: Hashable, Sendable {
    /// One request to the broker's management API.
    package struct Step: Hashable, Sendable {
        package enum Method: String, Sendable {
            case put, post, delete
        }
        package let method: Method
        /// Below `/api`, each segment encoded.
        package let path: String
        package let body: JSON?
        /// For the one who reads that it failed: `make the queue`.
        package let purpose: String
    }

    package let account: ID
    package let user: String
    package let queue: String
    package let vhost: String

    package init(account: ID, user: String, queue: String, vhost: String) {
        self.account = account
        self.user = user
        self.queue = queue
        self.vhost = vhost
    }

    /// Gives the access. Each step may be done again. The user comes after the queue, so that no service can be
    /// connected whose results go nowhere; a user that exists gets the new password.
    package func grant(password: String, connections: Int, channels: Int) -> [Step] {
        [
            // Limits and the time to live are the policy's, for a queue's arguments cannot be changed later.
            put(
                "queues/\(place)/\(Self.segment(queue))", "make the result queue",
                [
                    "durable": true, "auto_delete": false, "arguments": ["x-queue-type": "quorum"],
                ]),
            Step(
                method: .post,
                path: "bindings/\(place)/e/\(Self.segment(Channel.tenant.rawValue))/q/\(Self.segment(queue))",
                body: ["routing_key": .string(queue), "arguments": [:]], purpose: "bind the result queue"),
            put("users/\(name)", "make the user", ["password": .string(password), "tags": ""]),
            put(
                "user-limits/\(name)/max-connections", "limit its connections", ["value": .integer(Int64(connections))]),
            put("user-limits/\(name)/max-channels", "limit its channels", ["value": .integer(Int64(channels))]),
            // The narrower right first: a user with rights to the exchange but none on topics could write any key.
            put(
                "topic-permissions/\(place)/\(name)", "limit its routing keys",
                [
                    "exchange": .string(Channel.ingress.rawValue), "write": .string("^req\\.\(account)\\."),
                    "read": "^$",
                ]),
            put(
                "permissions/\(place)/\(name)", "give it its rights",
                [
                    "configure": "^$", "write": .string("^\(Self.literal(Channel.ingress.rawValue))$"),
                    "read": .string("^\(Self.literal(queue))$"),
                ]),
        ]
    }

    /// Takes it away again. The broker closes the user's connections with it.
    package func revoke(keepsQueue: Bool) -> [Step] {
        var steps = [Step(method: .delete, path: "users/\(name)", body: nil, purpose: "delete the user")]
        if !keepsQueue {
            steps.append(
                Step(
                    method: .delete, path: "queues/\(place)/\(Self.segment(queue))", body: nil,
                    purpose: "delete the result queue"))
        }
        return steps
    }

    private var name: String { Self.segment(user) }
    private var place: String { Self.segment(vhost) }

    private func put(_ path: String, _ purpose: String, _ body: JSON) -> Step {
        Step(method: .put, path: path, body: body, purpose: purpose)
    }

    /// A name as one segment of a URL's path.
    package static func segment(_ name: String) -> String {
        var result = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(.init(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }

    /// A name as a regular expression that matches it alone. Our names have only letters, digits, `-` and `.`.
    private static func literal(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
    }
}
