import Contracts
import Glibc
import JSON
import Kit
import Testing

/// A shape as it was once on a wire, every member of it with a value of its own. Files are added, never changed: what
/// was written by an older build has to be read by every newer one.
struct Golden: Sendable, CustomStringConvertible {
    let name: String
    /// Of callers, who are told of their typing errors; the others may be newer than we are.
    let isFromCallers: Bool
    /// Members came after it was written.
    let isEarlier: Bool
    let schema: JSON
    /// Reads the value and writes it again.
    let again: @Sendable (_ json: JSON, _ strict: Bool) throws(JSONFailure) -> JSON

    var description: String { name }

    init<Record: JSONRecord>(
        _ record: Record.Type, _ name: String? = nil, fromCallers: Bool = false, isEarlier: Bool = false
    ) {
        self.isEarlier = isEarlier
        self.name = name ?? "\(record)"
        isFromCallers = fromCallers
        schema = record.schema
        again = { json, strict throws(JSONFailure) in JSON(of: try Record(json, strict: strict)) }
    }

    static let messages = [
        Golden(PlaceHold.self), Golden(ResolveHold.self), Golden(SettleProvider.self), Golden(TopUp.self),
        Golden(ProviderSettled.self), Golden(LedgerFact.self), Golden(OffersChanged.self),
        Golden(ProviderStatus.self, isEarlier: true),
        Golden(VerificationRequest.self), Golden(VerificationAction.self), Golden(VerificationInquiry.self),
        Golden(IngressRequest.self), Golden(IngressAction.self),
        Golden(VerificationFact.self, isEarlier: true), Golden(VerificationFact.self, "VerificationFact.2"),
        Golden(VerificationHint.self), Golden(KeepRecording.self), Golden(CallContent.self),
        Golden(MessageContent.self),
        Golden(TenantResult.self), Golden(TimelineStep.self), Golden(ProviderFailover.self),
        Golden(ProviderStatus.self, "ProviderStatus.2"), Golden(ProviderSetting.self), Golden(ProviderPrices.self),
        Golden(ProviderPricesRequest.self), Golden(OffersRequest.self), Golden(PricesChanged.self),
        Golden(PriceAlerts.self), Golden(PricingUpdate.self),
    ]

    static let bodies = [
        Golden(RegisterAccount.self, fromCallers: true), Golden(LogIn.self, fromCallers: true),
        Golden(RefreshSession.self, fromCallers: true), Golden(ChangeAccount.self, fromCallers: true),
        Golden(CreateAPIKey.self, fromCallers: true), Golden(CreateUser.self, fromCallers: true),
        Golden(SetRole.self, fromCallers: true), Golden(CreateTopUp.self, fromCallers: true),
        Golden(CreateVerification.self, fromCallers: true), Golden(SessionBody.self), Golden(AccountBody.self),
        Golden(APIKeyBody.self), Golden(CreatedAPIKeyBody.self), Golden(CreatedUserBody.self), Golden(AuditBody.self),
        Golden(CountryBody.self), Golden(ServiceBody.self), Golden(AvailableServicesBody.self),
        Golden(ProviderBalanceBody.self), Golden(BalanceBody.self), Golden(TransactionBody.self),
        Golden(TopUpBody.self), Golden(VerificationBody.self), Golden(NumberBody.self), Golden(MessageBody.self),
        Golden(CompletedBody.self), Golden(ListBody<CountryBody>.self, "ListBody"),
        Golden(ProviderBody.self), Golden(ChangeProvider.self, fromCallers: true), Golden(FailoverBody.self),
        Golden(PageBody<TransactionBody>.self, "PageBody"), Golden(EventBody.self, isEarlier: true),
        Golden(EventBody.self, "EventBody.2"), Golden(VoiceBody.self),
        Golden(CreateQuote.self, fromCallers: true), Golden(UpdatePricing.self, fromCallers: true),
        Golden(QuoteBody.self), Golden(CurrentPriceBody.self), Golden(PriceHistoryBody.self),
        Golden(PricingUpdateBody.self), Golden(PriceAlertBody.self), Golden(CostAnalysisBody.self),
        Golden(RecommendationBody.self), Golden(SavingsBody.self),
    ]

    static let all = messages + bodies

    var required: [String] { (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue) }

    func file() throws -> JSON { try JSON(parsing: Self.read("\(Self.folder)/\(name).json")) }

    static let folder =
        "\(#filePath)".split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Fixtures/Contracts"

    struct Unreadable: Error { let path: String }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    static func names() throws -> Set<String> {
        guard let directory = opendir(folder) else { throw Unreadable(path: folder) }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.insert(String(name.dropLast(5))) }
        }
        return names
    }
}

extension JSON {
    /// The object with a member in another value, or without it.
    func changing(_ name: String, to value: JSON?) -> JSON {
        .object(
            (objectValue ?? []).compactMap { member in
                member.name == name ? value.map { .init(name, $0) } : member
            })
    }

    func adding(_ name: String, _ value: JSON) -> JSON { .object((objectValue ?? []) + [.init(name, value)]) }
}

@Suite("What services and clients have agreed on")
struct ContractsTests {
    @Test("every golden file has its reader here, and every reader its file")
    func complete() throws {
        #expect(try Golden.names() == Set(Golden.all.map(\.name)))
        #expect(Set(Golden.all.map(\.name)).count == Golden.all.count)
    }

    @Test(
        "what is read from a golden file is written as it stands there, with no member left out", arguments: Golden.all)
    func roundTrip(_ golden: Golden) throws {
        let file = try golden.file()
        #expect(try golden.again(file, true) == file)
        let names = file.objectValue?.map(\.name) ?? []
        let described = golden.schema["properties"]?.objectValue?.map(\.name) ?? []
        // What came later is optional, and of every record there is a file with all its members.
        #expect(golden.isEarlier ? Set(names).isStrictSubset(of: described) : names == described)
        let isWhole = Golden.all.contains { !$0.isEarlier && $0.schema == golden.schema }
        #expect(isWhole)
        // A value that a field has anyway would hide that it is not read.
        for member in file.objectValue ?? [] {
            #expect(![.null, .bool(false), .integer(0), "", .array([])].contains(member.value), "\(member.name)")
        }
    }

    @Test(
        "a member that a newer writer has added does no harm; a caller is told that there is none",
        arguments: Golden.all)
    func unknownMembers(_ golden: Golden) throws {
        let file = try golden.file()
        let more = file.adding("surplus", ["of": "another time"])
        #expect(try golden.again(more, false) == file)
        let failure = #expect(throws: JSONFailure.self) { try golden.again(more, true) }
        #expect(failure?.fields.map(\.field) == ["surplus"])
    }

    @Test(
        "what is required is missed by name; what is not may be absent, or null, and means the same",
        arguments: Golden.all)
    func absence(_ golden: Golden) throws {
        let file = try golden.file()
        for member in file.objectValue ?? [] {
            let (absent, null) = (file.changing(member.name, to: nil), file.changing(member.name, to: .null))
            do {
                let read = try golden.again(absent, false)
                #expect(try golden.again(null, false) == read, "\(member.name)")
                #expect(read != file, "\(member.name)")
                let schema = golden.schema["properties"]?[member.name]?.text ?? ""
                #expect(
                    !golden.required.contains(member.name) || schema.contains("null") || schema == "{}",
                    "\(member.name)")
            } catch {
                #expect(golden.required.contains(member.name))
                #expect(error.fields == [FieldProblem(field: member.name, message: "is required")])
            }
        }
    }

    @Test("a member of another type is refused by name, and nothing else is", arguments: Golden.all)
    func types(_ golden: Golden) throws {
        let file = try golden.file()
        for member in file.objectValue ?? [] {
            let wrong: JSON =
                switch member.value {
                case .string: 7
                case .object: ["a list"]
                default: ["not": "this"]
                }
            // Anything is allowed where there is no type.
            guard golden.schema["properties"]?[member.name]?.text.contains("type") ?? false else { continue }
            if member.name == "details" || member.name == "metadata" { continue }
            let failure = #expect(throws: JSONFailure.self, "\(member.name)") {
                try golden.again(file.changing(member.name, to: wrong), false)
            }
            #expect(failure?.fields.map(\.field) == [member.name])
        }
    }

    @Test("a word that is not known yet is kept and handed on in what services tell each other")
    func openWords() throws {
        for (name, member) in [
            ("VerificationRequest", "capability"), ("VerificationFact", "status"), ("VerificationFact", "capability"),
            ("TenantResult", "status"), ("VerificationBody", "status"), ("VerificationBody", "capability"),
            ("NumberBody", "status"), ("VoiceBody", "status"), ("CompletedBody", "status"), ("TransactionBody", "kind"),
        ] {
            let golden = try #require(Golden.all.first { $0.name == name })
            let newer = try golden.file().changing(member, to: "of_another_time")
            #expect(try golden.again(newer, true) == newer, "\(name).\(member)")
        }
        let settlement = try SettleProvider(
            [
                "settlements": [
                    [
                        "provider": "5sim", "reference": "1", "kind": "bonus",
                        "amount": ["amount": "1.0000", "currency": "USD"], "is_loss": false,
                    ]
                ]
            ])
        #expect(settlement.settlements[0].kind == .unknown("bonus"))
        #expect(settlement.settlements[0].kind.known == nil && settlement.settlements[0].kind.text == "bonus")
    }

    @Test("a word that is not known is refused where a caller sends it")
    func closedWords() throws {
        for (name, member) in [
            ("CreateVerification", "capability"), ("IngressRequest", "capability"), ("SetRole", "role"),
            ("CreateUser", "role"), ("CreateUser", "kind"),
        ] {
            let golden = try #require(Golden.all.first { $0.name == name })
            let wrong = try golden.file().changing(member, to: "of_another_time")
            let failure = #expect(throws: JSONFailure.self) { try golden.again(wrong, false) }
            #expect(failure?.fields.map(\.field) == [member], "\(name).\(member)")
        }
    }

    @Test("everything that is wrong is told at once, with its path")
    func everythingAtOnce() {
        let failure = #expect(throws: JSONFailure.self) {
            try CreateTopUp(
                ["user_id": "me", "amount": ["amount": 25, "currency": "EUR", "tax": 1], "note": ""], strict: true)
        }
        #expect(
            failure?.fields.map(\.field) == ["user_id", "amount.tax", "amount.amount", "amount.currency", "note"])
        #expect(failure?.problem.code == .validationFailed)
    }

    @Test("names of messages say their service, what it is and its version, and belong to one channel")
    func names() {
        let types: [(String, Channel)] = [
            (PlaceHold.type, PlaceHold.channel), (SettleProvider.type, SettleProvider.channel),
            (TopUp.type, TopUp.channel), (OffersChanged.type, OffersChanged.channel),
            (ProviderStatus.type, ProviderStatus.channel), (ProviderSettled.type, ProviderSettled.channel),
            (VerificationHint.type, VerificationHint.channel), (KeepRecording.type, KeepRecording.channel),
            (VerificationRequest.type, VerificationRequest.channel), (OffersRequest.type, OffersRequest.channel),
            (ProviderPrices.type, ProviderPrices.channel), (PricesChanged.type, PricesChanged.channel),
            (ProviderPricesRequest.type, ProviderPricesRequest.channel), (PriceAlerts.type, PriceAlerts.channel),
            (PricingUpdate.type, PricingUpdate.channel),
        ]
        #expect(Set(types.map(\.0)).count == types.count)
        #expect(IngressRequest.type == VerificationRequest.type && IngressRequest.channel == .ingress)
        let kinds =
            VerificationFact.Kind.allCases.map(\.rawValue) + LedgerFact.Kind.allCases.map(\.rawValue)
            + VerificationAction.Kind.allCases.map(\.rawValue) + ResolveHold.Kind.allCases.map(\.rawValue)
            + [TenantResult.resultType, TenantResult.errorType] + types.map(\.0)
        #expect(Set(kinds).count == kinds.count)
        for kind in kinds {
            #expect(
                ["billing", "gateway", "verification", "pricing"].contains { kind.hasPrefix("\($0).") }, "\(kind)")
            #expect(kind.hasSuffix(".v1"), "\(kind)")
            #expect(kind.utf8.allSatisfy { $0 == 0x2E || $0 == 0x5F || (0x61...0x7A).contains($0) || $0 == 0x31 })
        }
        #expect(
            types.filter { $0.1 == .events }.map(\.0) == [
                OffersChanged.type, ProviderStatus.type, ProviderSettled.type, ProviderPrices.type,
                PricesChanged.type, PriceAlerts.type,
            ])
    }

    @Test("a verification is over in exactly the states that nothing follows")
    func finalStates() {
        #expect(VerificationStatus.allCases.filter(\.isFinal) == [.completed, .cancelled, .expired, .failed])
    }
}
