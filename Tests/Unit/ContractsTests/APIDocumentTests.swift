import Contracts
import JSON
import Kit
import Testing

@Suite("The API documents")
struct APIDocumentTests {
    private let document = APIDocument.json

    private struct Described {
        let method: String
        let path: String
        let json: JSON
    }

    private var operations: [Described] {
        (document["paths"]?.objectValue ?? []).flatMap { path in
            (path.value.objectValue ?? []).map { Described(method: $0.name, path: path.name, json: $0.value) }
        }
    }

    /// Every `$ref` anywhere in a document.
    private static func references(in json: JSON) -> [String] {
        switch json {
        case .object(let members):
            members.flatMap { $0.name == "$ref" ? [$0.value.stringValue ?? ""] : references(in: $0.value) }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }

    private static func resolves(_ reference: String, in document: JSON) -> Bool {
        guard reference.hasPrefix("#/") else { return false }
        var at: JSON? = document
        for step in reference.dropFirst(2).split(separator: "/") { at = at?[String(step)] }
        return at != nil
    }

    @Test("every reference leads somewhere")
    func references() {
        for document in [APIDocument.json, AsyncAPIDocument.json] {
            let all = Self.references(in: document)
            #expect(all.count > 30)
            #expect(all.filter { !Self.resolves($0, in: document) } == [])
        }
    }

    @Test("every operation has an id of its own, a summary, a tag that is declared and an answer that is no refusal")
    func operationsAreWhole() {
        let ids = operations.compactMap { $0.json["operationId"]?.stringValue }
        #expect(ids.count == operations.count && Set(ids).count == ids.count)
        let tags = Set((document["tags"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        for operation in operations {
            #expect(operation.json["summary"]?.stringValue?.isEmpty == false)
            #expect(operation.json["tags"]?[0]?.stringValue.map(tags.contains) == true)
            let statuses = (operation.json["responses"]?.objectValue ?? []).compactMap { Int($0.name) }
            #expect(statuses.contains { $0 < 400 }, "\(operation.method) \(operation.path)")
        }
    }

    @Test("what an operation asks for decides which refusals it documents")
    func refusals() {
        for operation in operations {
            let name = "\(operation.method) \(operation.path)"
            let responses = operation.json["responses"]
            for status in ["400", "408", "413", "414", "431", "500", "503"] {
                #expect(responses?[status] != nil, "\(name) \(status)")
            }
            if operation.json["security"] != [] {
                #expect(responses?["401"] != nil && responses?["429"] != nil, "\(name)")
            }
            if operation.json["x-role"] != nil { #expect(responses?["403"] != nil, "\(name)") }
            if operation.json["requestBody"] != nil { #expect(responses?["415"] != nil, "\(name)") }
            if operation.path.contains("{") { #expect(responses?["404"] != nil, "\(name)") }
            for response in responses?.objectValue ?? [] where Int(response.name) ?? 0 >= 400 {
                let schema = response.value["content"]?["application/problem+json"]?["schema"]
                #expect(schema?["$ref"] == "#/components/schemas/Problem", "\(name) \(response.name)")
            }
        }
    }

    @Test("every parameter of a path is described, and none that is not in it")
    func pathParameters() {
        for operation in operations {
            let described = (operation.json["parameters"]?.arrayValue ?? []).filter { $0["in"] == "path" }
                .compactMap { $0["name"]?.stringValue }
            let written = operation.path.split(separator: "{").dropFirst().map { String($0.prefix { $0 != "}" }) }
            #expect(described == written, "\(operation.method) \(operation.path)")
        }
    }

    @Test("an alias answers exactly like the path it is an alias of")
    func aliases() {
        let aliases = operations.filter { $0.json["x-alias-of"] != nil }
        #expect(aliases.count == 24)
        for alias in aliases {
            let original = operations.first {
                $0.method == alias.method && $0.path == alias.json["x-alias-of"]?.stringValue
            }
            #expect(original?.json["responses"] == alias.json["responses"], "\(alias.path)")
            #expect(original?.json["requestBody"] == alias.json["requestBody"])
        }
    }

    @Test("every error code is in the table with its status")
    func errorCodes() {
        let table = document["x-error-codes"]?.arrayValue ?? []
        #expect(table.map { $0["code"]?.stringValue } == ErrorCode.allCases.map(\.rawValue))
        #expect(table.map { $0["status"]?.integerValue } == ErrorCode.allCases.map { Int64($0.status) })
    }

    @Test("what callers send has no other members than are described")
    func closed() {
        for operation in operations {
            guard let request = operation.json["requestBody"]?["content"]?["application/json"]?["schema"] else {
                continue
            }
            let name = request["$ref"]?.stringValue?.split(separator: "/").last.map(String.init) ?? ""
            #expect(document["components"]?["schemas"]?[name]?["additionalProperties"] == false, "\(name)")
        }
    }

    @Test("every kind of message between services is on its channel in the broker's document")
    func messages() {
        let messages = AsyncAPIDocument.json["components"]?["messages"]?.objectValue ?? []
        let names = messages.compactMap { $0.value["name"]?.stringValue }
        let kinds =
            VerificationFact.Kind.allCases.map(\.rawValue) + LedgerFact.Kind.allCases.map(\.rawValue)
            + VerificationAction.Kind.allCases.map(\.rawValue) + ResolveHold.Kind.allCases.map(\.rawValue)
        #expect(Set(kinds).isSubset(of: names))
        #expect(Set(messages.map(\.name)).count == messages.count)
        let onChannels = (AsyncAPIDocument.json["channels"]?.objectValue ?? [])
            .flatMap { $0.value["messages"]?.objectValue ?? [] }.map(\.name)
        #expect(onChannels.sorted() == messages.map(\.name).sorted())
    }
}
