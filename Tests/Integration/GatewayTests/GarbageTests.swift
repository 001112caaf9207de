import Contracts
import GatewayCore
import HTTPClient
import HTTPServer
import JSON
import Kit
import TestSupport
import Testing

@testable import GatewayApp

/// One operation of the document, with what is needed to ask for it wrongly.
private struct Asked: Sendable, CustomStringConvertible {
    let method: String
    let path: String
    let operation: JSON

    var description: String { "\(method) \(path)" }
    var parameters: [JSON] { operation["parameters"]?.arrayValue ?? [] }
    var needsKey: Bool { operation["security"] != [] }
    /// Probes are answered however they are asked.
    var takesAnyQuery: Bool { path == "/healthz" || path == "/readyz" }

    /// With ids that nothing has.
    var target: String {
        path.replacing("{provider}", with: "5sim").replacing("{secret}", with: "nobody-s")
            .replacing("{id}", with: "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21")
            + (parameters.contains { $0["required"] == true && $0["in"] == "query" } ? "?country=england" : "")
    }

    /// Whether a path is one of those that its template stands for.
    func takes(_ other: String) -> Bool {
        let (names, parts) = (path.split(separator: "/"), other.split(separator: "/"))
        return names.count == parts.count && zip(names, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }

    /// The target with a query added to what it must have.
    func target(adding query: String) -> String { target + (target.contains("?") ? "&" : "?") + query }

    /// The target with a value for one parameter of the query, and no second one.
    func target(_ name: String, _ value: String) -> String {
        let bare = target.prefix { $0 != "?" }
        return name == "country" ? "\(bare)?country=\(value)" : target(adding: "\(name)=\(value)")
    }

    var content: JSON? { operation["requestBody"]?["content"]?["application/json"] }
    var example: [JSON.Member] { content?["example"]?.objectValue ?? [] }

    var body: JSON? {
        let name = content?["schema"]?["$ref"]?.stringValue?.split(separator: "/").last
        return name.flatMap { APIDocument.json["components"]?["schemas"]?[String($0)] }
    }
    var required: [String] { (body?["required"]?.arrayValue ?? []).compactMap(\.stringValue) }
    var properties: [JSON.Member] { body?["properties"]?.objectValue ?? [] }

    /// The example with one member changed or added.
    func body(_ name: String, _ value: JSON) -> [UInt8] {
        JSON.object(example.filter { $0.name != name } + [.init(name, value)]).bytes
    }
}

@Suite(
    "Garbage at every route of the gateway", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(5)))
struct GarbageTests {
    private static let json = [(name: "Content-Type", value: "application/json")]

    private static let operations: [Asked] = (APIDocument.json["paths"]?.objectValue ?? []).flatMap { path in
        (path.value.objectValue ?? []).map {
            Asked(method: $0.name.uppercased(), path: path.name, operation: $0.value)
        }
    }
    private static let bodies = operations.filter { $0.content != nil }

    @Test("what is routed is described, and what is described is routed")
    func document() async throws {
        try await TestGateway.with { gateway in
            let routed = gateway.router.routes.map { "\($0.method.rawValue) \($0.pattern)" }
            #expect(Set(routed).count == routed.count)
            #expect(Set(routed).subtracting(Self.operations.map(\.description)) == [], "routed, not described")
            #expect(Set(Self.operations.map(\.description)).subtracting(routed) == [], "described, not routed")
            for route in gateway.router.routes {
                let described = Self.operations.first {
                    $0.method == route.method.rawValue && $0.path == route.pattern
                }
                #expect(
                    described?.operation["x-alias-of"]?.stringValue ?? route.pattern == route.canonicalPattern,
                    "\(route.pattern)")
            }
        }
    }

    @Test("a body without what is required names every field that is missing, and no other")
    func missing() async throws {
        try await TestGateway.with { gateway in
            for asked in Self.bodies {
                let refusal = try await gateway.send(
                    asked.method, asked.target, headers: Self.json, body: Array("{}".utf8))
                #expect(refusal.isWhole && refusal.status == 400, "\(asked): \(refusal)")
                // Where each may be left out, not all may.
                guard !asked.required.isEmpty else {
                    #expect(refusal.fields == ["body"], "\(asked)")
                    continue
                }
                #expect(refusal.fields == asked.required, "\(asked)")
                #expect(refusal.messages.allSatisfy { $0 == "is required" }, "\(asked)")
            }
        }
    }

    @Test("a member of the wrong type, or far too long, is named; so is one that nobody knows")
    func wrong() async throws {
        try await TestGateway.with { gateway in
            var tried = 0
            for asked in Self.bodies {
                for property in asked.properties {
                    let schema = property.value.text
                    // What may be anything cannot be of the wrong type.
                    guard schema.contains("\"type\"") || schema.contains("$ref") else { continue }
                    let isText = schema.contains("\"string\"")
                    let wrong: [JSON] = [
                        isText ? 7 : "seven", [[]], ["deep": ["deeper": true]], isText ? .bool(true) : "",
                        .string(String(repeating: "ü", count: 5_000)),
                    ]
                    for value in wrong {
                        let refusal = try await gateway.send(
                            asked.method, asked.target, headers: Self.json, body: asked.body(property.name, value))
                        #expect(refusal.isWhole && refusal.status == 400, "\(asked) \(property.name) \(refusal)")
                        #expect(
                            !refusal.fields.isEmpty
                                && refusal.fields.allSatisfy { $0.split(separator: ".")[0] == property.name },
                            "\(asked) \(property.name): \(refusal.fields)")
                        tried += 1
                    }
                }
                let refusal = try await gateway.send(
                    asked.method, asked.target, headers: Self.json, body: asked.body("surplus", 1))
                #expect(refusal.isWhole && refusal.fields == ["surplus"], "\(asked): \(refusal)")
            }
            #expect(tried > 100)
        }
    }

    @Test("what is not JSON as we take it is refused as a whole")
    func notJSON() async throws {
        let deep = { (levels: Int) in
            #"{"service":"# + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
        }
        let texts: [[UInt8]] = [
            [], Array("{".utf8), Array("[]".utf8), Array("null".utf8), Array("7".utf8), Array("hello".utf8),
            Array(#"{"name":"a",}"#.utf8), Array(#"{"name":"a"} {}"#.utf8), Array("{'name':'a'}".utf8),
            Array(#"{"name":"a","name":"b"}"#.utf8), Array(#"{"name":"a\u0000b"}"#.utf8),
            Array(#"{"name":"\ud800"}"#.utf8), Array(#"{"name":1e999}"#.utf8),
            Array(#"{"name":99999999999999999999}"#.utf8), Array(deep(100).utf8), Array(deep(10_000).utf8),
            Array(#"{"name":""#.utf8) + [0xFF, 0xFE] + Array("\"}".utf8),
            Array(#"{"name":""#.utf8) + [0xC0, 0xAF] + Array("\"}".utf8),
            [0xEF, 0xBB, 0xBF] + Array(#"{"name":"a"}"#.utf8),
            Array(#"{"name":"a"}"#.utf16).flatMap {
                [UInt8($0 & 0xFF), UInt8($0 >> 8)]
            },
        ]
        try await TestGateway.with { gateway in
            for asked in Self.bodies {
                for text in texts {
                    let refusal = try await gateway.send(
                        asked.method, asked.target, headers: Self.json, body: text)
                    let shown = String(decoding: text.prefix(40), as: UTF8.self)
                    #expect(refusal.isWhole && refusal.status == 400, "\(asked) \(shown): \(refusal)")
                    #expect(refusal.fields == ["body"], "\(asked) \(shown)")
                }
            }
        }
    }

    @Test("a body of another type is 415, one that is too large 413")
    func envelope() async throws {
        try await TestGateway.with { gateway in
            for asked in Self.bodies {
                let good = JSON.object(asked.example).bytes
                for type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""] {
                    let refusal = try await gateway.send(
                        asked.method, asked.target, headers: [("Content-Type", type)], body: good)
                    #expect(refusal.isWhole && refusal.status == 415, "\(asked) \(type): \(refusal)")
                }
                let large = Array(#"{"name":""#.utf8) + [UInt8](repeating: 0x61, count: 300 * 1024)
                let refusal = try await gateway.send(asked.method, asked.target, headers: Self.json, body: large)
                #expect(refusal.isWhole && refusal.status == 413, "\(asked): \(refusal)")
            }
        }
    }

    /// Values that the schema of a parameter forbids.
    private static func wrongValues(of parameter: JSON) -> [String] {
        let schema = parameter["schema"] ?? .null
        var values = ["", String(repeating: "a", count: 600), "%00"]
        switch schema["type"] {
        case "integer": values += ["x", "-1", "1.5", "1e3", "99999999999999999999", "+1", "%20" + "1"]
        default:
            if schema["enum"] != nil || schema["format"] != nil || schema["pattern"] != nil {
                values += ["A%20B!", "%F0%9F%92%A9", "null", "'%20OR%201=1%20--"]
            }
            if parameter["name"] == "cursor" { values += ["x", "c0", "t", "tx", "c%F0%9F%92%A9"] }
        }
        return values.filter { $0 != "null" || schema["pattern"] == nil }
    }

    @Test("a query parameter that is unknown, empty, given twice or wrong is named")
    func queries() async throws {
        try await TestGateway.with { gateway in
            for asked in Self.operations {
                for query in ["limit=%zz", "limit=%", "%ff=1", "limit=%c0%af", "a=%00"] {
                    let refusal = try await gateway.send(asked.method, asked.target(adding: query))
                    #expect(refusal.isWhole && refusal.fields == ["query"], "\(asked)?\(query): \(refusal)")
                }
                guard !asked.takesAnyQuery else { continue }
                let unknown = try await gateway.send(asked.method, asked.target(adding: "surplus=1"))
                #expect(unknown.isWhole && unknown.fields == ["query.surplus"], "\(asked): \(unknown)")
                for parameter in asked.parameters where parameter["in"] == "query" {
                    let name = try #require(parameter["name"]?.stringValue)
                    let twice = try await gateway.send(
                        asked.method, asked.target(name, "1") + "&\(name)=1")
                    #expect(twice.isWhole && twice.fields == ["query.\(name)"], "\(asked) \(name): \(twice)")
                    for value in Self.wrongValues(of: parameter) {
                        let refusal = try await gateway.send(asked.method, asked.target(name, value))
                        let field = value == "%00" ? "query" : "query.\(name)"
                        #expect(
                            refusal.isWhole && refusal.status == 400 && refusal.fields == [field],
                            "\(asked) \(name)=\(value): \(refusal)")
                    }
                }
            }
        }
    }

    @Test("a required query parameter that is missing is named")
    func missingQuery() async throws {
        try await TestGateway.with { gateway in
            let refusal = try await gateway.send("GET", "/services/available")
            #expect(refusal.isWhole && refusal.fields == ["query.country"])
        }
    }

    @Test("an id that is none, or nobody's, is 404; a path that cannot be read is named")
    func paths() async throws {
        try await TestGateway.with { gateway in
            for asked in Self.operations where asked.path.contains("{") {
                let body = asked.content == nil ? nil : JSON.object(asked.example).bytes
                func refusal(_ id: String) async throws -> TestGateway.Refusal {
                    let path = asked.path.replacing("{id}", with: id).replacing("{provider}", with: id)
                        .replacing("{secret}", with: id)
                    return try await gateway.send(
                        asked.method, path, headers: body == nil ? [] : Self.json, body: body)
                }
                for id in [
                    "not-an-id", "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21", "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b2",
                    "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b211", "%7B0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21%7D", "-1", "%20",
                    "..%2F..%2Fetc%2Fpasswd", "%F0%9F%92%A9", "'%20OR%201=1", String(repeating: "a", count: 2_000),
                ] {
                    let found = try await refusal(id)
                    #expect(found.isWhole && found.status == 404, "\(asked) \(id): \(found)")
                }
                for id in ["%00", "%ff", "%c0%af", "%zz", "%7F", "%0A"] {
                    let found = try await refusal(id)
                    #expect(found.isWhole && found.fields == ["path"], "\(asked) \(id): \(found)")
                }
                let long = try await refusal(String(repeating: "a", count: 5_000))
                #expect(long.isWhole && long.status == 414, "\(asked): \(long)")
            }
        }
    }

    @Test("a header that cannot be read is named")
    func headers() async throws {
        let wrong: [String: [String]] = [
            "Idempotency-Key": [String(repeating: "k", count: 256), "schlüssel", ""],
            "Prefer": ["wait=x", "wait=-1", "wait=61", "wait=", "respond-async, wait=1.5"],
            "Last-Event-ID": ["x", "7", "0192f5c0-7c3e-7a10-8a55"],
        ]
        try await TestGateway.with { gateway in
            var tried = 0
            for asked in Self.operations {
                for parameter in asked.parameters where parameter["in"] == "header" {
                    let name = try #require(parameter["name"]?.stringValue)
                    for value in try #require(wrong[name]) {
                        let refusal = try await gateway.send(
                            asked.method, asked.target, headers: Self.json + [(name, value)],
                            body: JSON.object(asked.example).bytes)
                        #expect(
                            refusal.isWhole && refusal.fields == ["headers.\(name)"],
                            "\(asked) \(name)=\(value): \(refusal)")
                        tried += 1
                    }
                }
            }
            #expect(tried > 20)
        }
    }

    @Test("nobody in particular, or with a key or token that is none, is 401 before anything else is looked at")
    func unknownCallers() async throws {
        try await TestGateway.with { gateway in
            for asked in Self.operations where asked.needsKey {
                let body = asked.content == nil ? nil : Array("{".utf8)
                for headers in [
                    [], [("X-API-Key", "")], [("X-API-Key", "nk_live_" + String(repeating: "A", count: 43))],
                    [("X-API-Key", "ключ")], [("Authorization", "Bearer")], [("Authorization", "Bearer a.b.c")],
                    [("Authorization", "Basic YTpi")],
                    [("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")],
                ] as [[(name: String, value: String)]] {
                    let refusal = try await gateway.send(
                        asked.method, asked.target, headers: headers + Self.json, body: body, key: nil)
                    #expect(refusal.isWhole && refusal.status == 401, "\(asked) \(headers): \(refusal)")
                    #expect(refusal.response.header("WWW-Authenticate") == "Bearer")
                }
            }
        }
    }

    @Test("a method that a path does not take is 405 with those that it does, or 404 where nothing is there")
    func methods() async throws {
        try await TestGateway.with { gateway in
            for path in Set(Self.operations.map(\.path)) {
                let known = Self.operations.filter { $0.path == path }
                let target = try #require(known.first).target
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                    guard !known.contains(where: { $0.method == method }) else { continue }
                    let refusal = try await gateway.send(method, target, headers: Self.json, body: Array("{}".utf8))
                    #expect(refusal.isWhole, "\(method) \(path): \(refusal)")
                    // `create` is also where the verification of that id would be, and `failovers` that provider.
                    if Self.operations.contains(where: { $0.method == method && $0.takes(path) }) {
                        #expect([400, 404].contains(refusal.status), "\(method) \(path)")
                    } else {
                        #expect(refusal.status == 405, "\(method) \(path)")
                        #expect(refusal.response.header("Allow")?.isEmpty == false)
                    }
                }
            }
        }
    }
}
