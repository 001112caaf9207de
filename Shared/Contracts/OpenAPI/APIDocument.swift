import JSON
import Kit

/// The HTTP API as OpenAPI 3.1, made out of the table of operations and the records that are read and written: there is
/// no second source that could disagree.
package enum APIDocument {
    /// Every operation there is.
    package static let operations: [APIOperation] =
        verificationOperations + catalogueOperations + pricingOperations + moneyOperations + providerOperations
        + liveOperations + accountOperations + administrationOperations + webhookOperations + systemOperations

    /// The document, as it is served at `/openapi.json`.
    package static let json: JSON = [
        "openapi": "3.1.0",
        "info": [
            "title": "Namaskah", "version": .string(Version.text), "summary": "Phone numbers for SMS verification.",
            "description": .string(introduction),
        ],
        "servers": [["url": "/"]],
        "tags": .array(tags.map { ["name": .string($0.name), "description": .string($0.description)] }),
        "paths": .object(paths),
        "components": [
            "securitySchemes": [
                "apiKey": [
                    "type": "apiKey", "in": "header", "name": "X-API-Key",
                    "description": "A key of yours, `nk_live_…`: made with POST /me/api-keys.",
                ],
                "accessToken": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The `access_token` of POST /auth/login, good for 15 minutes.",
                ],
            ],
            "headers": .object(headers.map { .init($0.name, header($0)) }),
            "schemas": .object(schemas),
        ],
        "x-error-codes": .array(
            ErrorCode.allCases.map {
                ["code": .string($0.rawValue), "status": .integer(Int64($0.status)), "title": .string($0.title)]
            }),
    ]

    private static let tags: [(name: String, description: String)] = [
        ("Verifications", "Order a number, read its messages, end it."),
        ("Catalogue", "What is sold, where and at what price."),
        ("Pricing", "Prices now and before, and quotes that hold one."),
        ("Costs", "What verifications have cost, and how they cost less."),
        ("Money", "Credit and its movements."),
        ("Live", "What happens, while it happens."),
        ("Accounts", "Signing in, your account, your keys."),
        ("Webhooks", "What providers tell us."),
        ("Administration", "For those who run the platform."),
        ("System", "How the service stands, and this document."),
    ]

    private static let introduction = """
        JSON in UTF-8 with `snake_case` names. Times are RFC 3339 in UTC, ids are UUIDs, money is a decimal string with \
        its currency and never a float. Lists take `limit` and `cursor` and answer `data` with `next_cursor`. Unknown \
        query parameters and unknown members of a body are refused with 400, which names each.

        Send an API key in `X-API-Key`, or an access token in `Authorization: Bearer`.

        Errors are `application/problem+json` (RFC 9457) with `error_code`, `message`, `details`, `timestamp` and \
        `trace_id`; 429 and 503 say in `Retry-After` when to come again. `POST /verify/create`, `POST /quotes`, \
        `POST /api/pricing/update` and `POST /billing/top-up` take an `Idempotency-Key`: with it a request can be \
        repeated without being carried out twice. The first answer is kept, also when it is how a verification that was \
        waited for failed (`details.verification_id` names it): to order again, use a new key.
        """

    // MARK: - Headers

    static let headers: [(name: String, schema: JSON, description: String)] = [
        ("RateLimit-Limit", count, "How many requests a minute pass; absent where nothing is counted."),
        ("RateLimit-Remaining", count, "How many more pass right now."),
        ("RateLimit-Reset", count, "Seconds until all of them pass again."),
        ("Retry-After", count, "Seconds to wait before the next try."),
        ("Location", ["type": "string"], "The path of what was made."),
        ("Idempotent-Replayed", ["type": "string", "enum": ["true"]], "The first answer to this key, again."),
        ("Accept-Ranges", ["type": "string", "enum": ["bytes"]], "That a range may be asked for."),
        ("Content-Range", ["type": "string"], "Which bytes of how many these are."),
        ("WWW-Authenticate", ["type": "string"], "How to prove who you are."),
    ]
    private static let count: JSON = ["type": "integer", "minimum": 0]

    private static func header(_ header: (name: String, schema: JSON, description: String)) -> JSON {
        ["description": .string(header.description), "schema": header.schema]
    }

    private static func references(_ names: [String]) -> JSON {
        .object(names.map { .init($0, ["$ref": .string("#/components/headers/\($0)")]) })
    }

    private static let rateHeaders = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]

    // MARK: - Paths

    private static var paths: [JSON.Member] {
        var items: [(path: String, operations: [JSON.Member])] = []
        func add(_ path: String, _ operation: JSON.Member) {
            if let index = items.firstIndex(where: { $0.path == path }) {
                items[index].operations.append(operation)
            } else {
                items.append((path, [operation]))
            }
        }
        for operation in operations {
            let method = operation.method.lowercased()
            add(operation.path, .init(method, json(of: operation, id: operation.id, aliasOf: nil)))
        }
        for operation in operations {
            for (index, alias) in operation.aliases.enumerated() {
                let id = "\(operation.id)Alias\(index + 1)"
                add(alias, .init(operation.method.lowercased(), json(of: operation, id: id, aliasOf: operation.path)))
            }
        }
        return items.map { .init($0.path, .object($0.operations)) }
    }

    private static func json(of operation: APIOperation, id: String, aliasOf path: String?) -> JSON {
        var members: [JSON.Member] = [
            .init("operationId", .string(id)), .init("tags", [.string(operation.tag)]),
            .init("summary", .string(operation.summary)),
        ]
        if let path {
            members.append(.init("description", .string("The same as `\(path)`.")))
            members.append(.init("x-alias-of", .string(path)))
        } else {
            if let text = operation.description { members.append(.init("description", .string(text))) }
            if !operation.aliases.isEmpty {
                members.append(.init("x-aliases", .array(operation.aliases.map(JSON.string))))
            }
        }
        switch operation.access {
        case .free, .open: members.append(.init("security", []))
        case .known: members.append(.init("security", security))
        case .role(let role):
            members.append(.init("security", security))
            members.append(.init("x-role", .string(role)))
        }
        if !operation.parameters.isEmpty {
            members.append(.init("parameters", .array(operation.parameters.map(json))))
        }
        if let request = operation.request {
            var content: [JSON.Member] = [.init("schema", linked(request))]
            if let example = operation.example { content.append(.init("example", example)) }
            members.append(
                .init("requestBody", ["required": true, "content": ["application/json": .object(content)]]))
        }
        members.append(.init("responses", .object(responses(of: operation))))
        return .object(members)
    }

    private static let security: JSON = [["apiKey": []], ["accessToken": []]]

    private static func json(of parameter: APIOperation.Parameter) -> JSON {
        var members: [JSON.Member] = [
            .init("name", .string(parameter.name)), .init("in", .string(parameter.place.rawValue)),
            .init("required", .bool(parameter.isRequired)), .init("description", .string(parameter.summary)),
            .init("schema", parameter.schema),
        ]
        if let example = parameter.example { members.append(.init("example", example)) }
        return .object(members)
    }

    // MARK: - Answers

    private static func responses(of operation: APIOperation) -> [JSON.Member] {
        var byStatus: [Int: (summary: String, content: [JSON.Member], headers: [String])] = [:]
        for answer in operation.answers {
            let headers = (operation.access == .free ? [] : rateHeaders) + answer.headers
            let content = answer.schema.map { [JSON.Member(answer.mediaType, ["schema": linked($0)])] } ?? []
            byStatus[answer.status] = (answer.summary, content, headers)
        }
        for code in operation.allProblems {
            let text = "`\(code.rawValue)`: \(code.title)."
            var entry = byStatus[code.status] ?? ("", [], [])
            entry.summary += (entry.summary.isEmpty ? "" : " ") + text
            if !entry.content.contains(where: { $0.name == "application/problem+json" }) {
                entry.content.append(.init("application/problem+json", ["schema": reference("Problem")]))
                entry.headers += headers(ofProblem: code.status)
            }
            byStatus[code.status] = entry
        }
        return byStatus.sorted { $0.key < $1.key }.map { status, entry in
            var members: [JSON.Member] = [.init("description", .string(entry.summary))]
            if !entry.headers.isEmpty { members.append(.init("headers", references(entry.headers))) }
            if !entry.content.isEmpty { members.append(.init("content", .object(entry.content))) }
            if status < 300, !operation.links.isEmpty { members.append(.init("links", links(of: operation))) }
            return .init(String(status), .object(members))
        }
    }

    private static func links(of operation: APIOperation) -> JSON {
        .object(
            operation.links.map { link in
                .init(
                    link.operation,
                    [
                        "operationId": .string(link.operation),
                        "parameters": ["id": .string("$response.body#/\(link.member)")],
                    ])
            })
    }

    private static func headers(ofProblem status: Int) -> [String] {
        switch status {
        case 401: ["WWW-Authenticate"]
        case 409, 429, 503: ["Retry-After"]
        default: []
        }
    }
}
