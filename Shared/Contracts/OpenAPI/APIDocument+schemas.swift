import JSON
import Kit

/// The named schemas of the document, and how the places where one occurs come to refer to it.
extension APIDocument {
    private struct Component {
        let name: String
        let schema: JSON
        /// What callers send is read strictly, so the schema says that there are no other members.
        var isClosed = false
    }

    private static let components: [Component] = [
        Component(name: "Money", schema: Money.schema),
        Component(name: "Problem", schema: problem),
        Component(name: "CreateVerification", schema: CreateVerification.schema, isClosed: true),
        Component(name: "Verification", schema: VerificationBody.schema),
        Component(name: "Number", schema: NumberBody.schema),
        Component(name: "Message", schema: MessageBody.schema),
        Component(name: "Voice", schema: VoiceBody.schema),
        Component(name: "TimelineStep", schema: TimelineStep.schema),
        Component(name: "Completed", schema: CompletedBody.schema),
        Component(name: "Country", schema: CountryBody.schema),
        Component(name: "Service", schema: ServiceBody.schema),
        Component(name: "AvailableService", schema: AvailableServiceBody.schema),
        Component(name: "AvailableServices", schema: AvailableServicesBody.schema),
        Component(name: "ProviderBalance", schema: ProviderBalanceBody.schema),
        Component(name: "Provider", schema: ProviderBody.schema),
        Component(name: "ChangeProvider", schema: ChangeProvider.schema, isClosed: true),
        Component(name: "Failover", schema: FailoverBody.schema),
        Component(name: "CreateQuote", schema: CreateQuote.schema, isClosed: true),
        Component(name: "Quote", schema: QuoteBody.schema),
        Component(name: "CurrentPrice", schema: CurrentPriceBody.schema),
        Component(name: "PriceMove", schema: PriceHistoryBody.schema),
        Component(name: "UpdatePricing", schema: UpdatePricing.schema, isClosed: true),
        Component(name: "PricingUpdate", schema: PricingUpdateBody.schema),
        Component(name: "PriceAlert", schema: PriceAlertBody.schema),
        Component(name: "CostAnalysis", schema: CostAnalysisBody.schema),
        Component(name: "CostShare", schema: CostShareBody.schema),
        Component(name: "Recommendation", schema: RecommendationBody.schema),
        Component(name: "Savings", schema: SavingsBody.schema),
        Component(name: "Balance", schema: BalanceBody.schema),
        Component(name: "Transaction", schema: TransactionBody.schema),
        Component(name: "CreateTopUp", schema: CreateTopUp.schema, isClosed: true),
        Component(name: "TopUp", schema: TopUpBody.schema),
        Component(name: "Event", schema: EventBody.schema),
        Component(name: "Register", schema: RegisterAccount.schema, isClosed: true),
        Component(name: "LogIn", schema: LogIn.schema, isClosed: true),
        Component(name: "Refresh", schema: RefreshSession.schema, isClosed: true),
        Component(name: "Session", schema: SessionBody.schema),
        Component(name: "Account", schema: AccountBody.schema),
        Component(name: "ChangeAccount", schema: ChangeAccount.schema, isClosed: true),
        Component(name: "CreateAPIKey", schema: CreateAPIKey.schema, isClosed: true),
        Component(name: "APIKey", schema: APIKeyBody.schema),
        Component(name: "CreatedAPIKey", schema: CreatedAPIKeyBody.schema),
        Component(name: "CreateUser", schema: CreateUser.schema, isClosed: true),
        Component(name: "CreatedUser", schema: CreatedUserBody.schema),
        Component(name: "SetRole", schema: SetRole.schema, isClosed: true),
        Component(name: "AuditEntry", schema: AuditBody.schema),
        Component(name: "Readiness", schema: readiness),
        Component(name: "SystemHealth", schema: systemHealth),
        Component(name: "SystemInfo", schema: systemInfo),
    ]

    /// The component that a schema is, and whether the schema also lets it be null.
    private static let names: [JSON: (name: String, orNull: Bool)] = {
        var names: [JSON: (name: String, orNull: Bool)] = [:]
        for component in components {
            let previous = names.updateValue((component.name, false), forKey: component.schema)
            precondition(previous == nil, "two components have the schema of \(component.name)")
            guard case .object(let members) = component.schema else { continue }
            let nullable = members.map { $0.name == "type" ? .init("type", ["object", "null"]) : $0 }
            names[.object(nullable)] = (component.name, true)
        }
        return names
    }()

    static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }

    /// The schema with every component in it replaced by a reference.
    static func linked(_ schema: JSON) -> JSON {
        if let known = names[schema] {
            return known.orNull ? ["anyOf": [reference(known.name), ["type": "null"]]] : reference(known.name)
        }
        return linkedInside(schema)
    }

    private static func linkedInside(_ schema: JSON) -> JSON {
        switch schema {
        case .object(let members): .object(members.map { .init($0.name, linked($0.value)) })
        case .array(let elements): .array(elements.map(linked))
        default: schema
        }
    }

    static var schemas: [JSON.Member] {
        components.map { component in
            guard component.isClosed, case .object(let members) = linkedInside(asCallersMayWrite(component.schema))
            else { return .init(component.name, linkedInside(component.schema)) }
            return .init(component.name, .object(members + [.init("additionalProperties", false)]))
        }
    }

    /// Absent and null mean the same in what callers send, so the schema lets null stand where a member may be missing.
    private static func asCallersMayWrite(_ schema: JSON) -> JSON {
        let required = schema["required"]?.arrayValue ?? []
        return .object(
            (schema.objectValue ?? []).map { member in
                guard member.name == "properties" else { return member }
                return .init(
                    "properties",
                    .object(
                        (member.value.objectValue ?? []).map { property in
                            required.contains(.string(property.name))
                                ? property : .init(property.name, orNull(property.value))
                        }))
            })
    }

    private static func orNull(_ schema: JSON) -> JSON {
        // A schema without a type is of anything, null included.
        guard case .object(let members) = schema, let type = schema["type"] else { return schema }
        guard schema["enum"] == nil else { return ["anyOf": [schema, ["type": "null"]]] }
        return .object(members.map { $0.name == "type" ? .init("type", [type, "null"]) : $0 })
    }

    // MARK: - What no record describes

    private static let text: JSON = ["type": "string"]
    private static let time: JSON = ["type": "string", "format": "date-time"]

    private static func object(_ properties: JSON, required: [String]) -> JSON {
        ["type": "object", "properties": properties, "required": .array(required.map(JSON.string))]
    }

    static let problem: JSON = object(
        [
            "type": ["type": "string", "format": "uri-reference"], "title": text,
            "status": ["type": "integer", "minimum": 400, "maximum": 599],
            "error_code": ["type": "string", "enum": .array(ErrorCode.allCases.map { .string($0.rawValue) })],
            "message": ["type": "string", "description": "What happened and what to do, for a person."],
            "details": [
                "type": "object",
                "properties": [
                    "fields": [
                        "type": "array",
                        "items": object(["field": text, "message": text], required: ["field", "message"]),
                    ],
                    "retry_after_seconds": ["type": "integer", "minimum": 0],
                ],
                "description": "With `VALIDATION_FAILED`, the fields that are wrong.",
            ],
            "timestamp": time, "trace_id": ["type": ["string", "null"]],
        ],
        required: ["type", "title", "status", "error_code", "message", "details", "timestamp", "trace_id"])

    static let readiness: JSON = object(
        [
            "status": ["type": "string", "enum": ["ready", "not_ready"]],
            "parts": [
                "type": "object",
                "additionalProperties": object(
                    ["ready": ["type": "boolean"], "since": time, "detail": text], required: ["ready", "since"]),
            ],
        ], required: ["status", "parts"])

    static let systemHealth: JSON = object(
        [
            "status": ["type": "string", "enum": ["healthy", "unhealthy"]],
            "dependencies": [
                "type": "object",
                "additionalProperties": object(
                    ["healthy": ["type": "boolean"], "since": time], required: ["healthy", "since"]),
            ],
            "providers": [
                "type": "object",
                "additionalProperties": object(
                    ["breaker": text, "healthy": ["type": "boolean"], "checked_at": time],
                    required: ["breaker", "healthy", "checked_at"]),
            ],
            "checked_at": time,
        ], required: ["status", "dependencies", "providers", "checked_at"])

    static let systemInfo: JSON = object(
        ["name": text, "version": text, "api": text, "started_at": time, "now": time],
        required: ["name", "version", "api", "started_at", "now"])
}
