import JSON
import Kit
import Security

/// Takes the protocol's JSON apart, forgiving: numbers are texts and texts are numbers, lists are objects, members come
/// and go. What matters is checked by whoever asked.
struct SMSActivateReader: Sendable {
    let dialect: SMSActivateDialect
    let countries: NameMap<Int>
    private let nameKey: Secret

    /// `secret` keys the names of messages, which have none of their own.
    init(_ dialect: SMSActivateDialect, secret: String) {
        self.dialect = dialect
        countries = dialect.countries
        nameKey = Secret(secret)
    }

    // MARK: - Orders

    /// `635468024:79584123456`; nil without an id or a number, for then it is no sale.
    func sale(_ text: String?) -> ProviderOrder? {
        guard let parts = text?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false), parts.count == 2,
            let ref = identifier(.string(String(parts[0]))), let phone = phone(.string(String(parts[1])))
        else { return nil }
        return ProviderOrder(ref: ref, phone: phone, status: .received)
    }

    func sale(_ json: JSON) -> ProviderOrder? {
        guard let ref = identifier(json["activationId"]), let phone = phone(json["phoneNumber"]) else { return nil }
        return ProviderOrder(
            ref: ref, phone: phone, operator: text(json["activationOperator"]),
            country: integer(json["countryCode"]).flatMap { countries.slug($0) },
            price: money(json["activationCost"], currency: json["currency"]), status: .received,
            expires: moment(json["activationEndTime"] ?? json["activationEnd"]),
            createdAt: moment(json["activationTime"]))
    }

    /// An open activation of the list. Its time is left out: it is open, which says how old it can be at most, and a
    /// clock read in the wrong zone would hide it from whoever looks for a purchase.
    func active(_ json: JSON) -> ProviderOrder? {
        guard let ref = identifier(json["activationId"] ?? json["id"]) else { return nil }
        var order = ProviderOrder(
            ref: ref, phone: phone(json["phoneNumber"] ?? json["phone"]), operator: text(json["activationOperator"]),
            product: text(json["serviceCode"] ?? json["service"]).flatMap { SMSActivateServiceTable.codes.slug($0) },
            country: integer(json["countryCode"] ?? json["country"]).flatMap { countries.slug($0) },
            price: money(json["activationCost"] ?? json["cost"], currency: json["currency"]), status: .received,
            messages: messages(of: ref, codes: json["smsCode"], texts: json["smsText"]))
        order.reference = text(json["orderId"])
        return order
    }

    /// An activation that ended, as history has it. The wire calls what was finished, cancelled and left alone by one
    /// word, so that what it cost tells: only what cost nothing was given back for certain.
    func ended(_ json: JSON) -> ProviderOrder? {
        guard let ref = identifier(json["id"] ?? json["activationId"]) else { return nil }
        let messages = messages(of: ref, codes: nil, texts: json["sms"])
        let cost = money(json["cost"], currency: json["currency"])
        let word = text(json["status"]) ?? ""
        let status: ProviderOrder.Status =
            if !messages.isEmpty || word == "6" { .finished } else if cost == .zero { .cancelled } else {
                .unknown(word)
            }
        return ProviderOrder(
            ref: ref, phone: phone(json["phone"]), operator: text(json["operator"]),
            product: text(json["service"]).flatMap { SMSActivateServiceTable.codes.slug($0) },
            country: integer(json["country"]).flatMap { countries.slug($0) },
            // What was given back is shown as free; what it had cost is not known any more.
            price: status == .cancelled ? nil : cost, status: status, createdAt: moment(json["date"]),
            messages: messages)
    }

    // MARK: - Messages

    /// An activation as `getStatusV2` tells of it.
    func status(of ref: String, _ json: JSON) -> ProviderOrder {
        var order = ProviderOrder(ref: ref, phone: nil, status: .received)
        order.messages = rows(json["sms"]).compactMap { message(of: ref, $0) }
        order.calls = rows(json["call"]).compactMap { call(of: ref, $0) }
        return order
    }

    /// An activation as `getStatus` tells of it; the last message is all it has.
    func status(of ref: String, word: String, rest: String?) -> ProviderOrder {
        var order = ProviderOrder(ref: ref, phone: nil, status: .received)
        switch word {
        case "STATUS_OK", "STATUS_WAIT_RETRY", "FULL_SMS":
            order.messages = [message(of: ref, text: rest)].compactMap { $0 }
        case "STATUS_WAIT_CODE", "STATUS_WAIT_RESEND": break
        default: order.status = .unknown(word)
        }
        return order
    }

    /// `getAllSms`: nil when it is not a list.
    func allMessages(of ref: String, _ json: JSON) -> [ProviderMessage]? {
        guard json["data"] != nil || json.arrayValue != nil else { return nil }
        return rows(json["data"] ?? json).filter { text($0["type"])?.lowercased() != "call" }
            .compactMap { message(of: ref, $0) }
    }

    /// The messages of a rental: a list, or an object of them, newest first. nil when one cannot be read.
    func rentalMessages(of ref: String, _ json: JSON?) -> [ProviderMessage]? {
        let rows = rows(json)
        let messages = rows.compactMap { row -> ProviderMessage? in
            guard row.objectValue != nil else { return nil }
            let sender = text(row["phoneFrom"]) ?? ""
            let words = row["text"]?.stringValue ?? text(row["text"]) ?? ""
            let date = text(row["date"]) ?? ""
            return ProviderMessage(
                id: name(ref, date, sender, words), sender: sender, text: words, code: text(row["code"]),
                receivedAt: moment(row["date"]))
        }
        return messages.count == rows.count ? messages.reversed() : nil
    }

    private func message(of ref: String, _ json: JSON) -> ProviderMessage? {
        let code = text(json["code"])
        guard let words = text(json["text"]) ?? code else { return nil }
        let date = text(json["dateTime"] ?? json["date"]) ?? ""
        // An id of the upstream's own is not used: it stands in one list and not in the status.
        return ProviderMessage(
            id: name(ref, Self.isNone(date) ? "" : date, "", words),
            sender: text(json["phoneFrom"] ?? json["from"]) ?? "", text: words, code: code,
            receivedAt: moment(json["dateTime"] ?? json["date"]))
    }

    /// Where only the code is told, it is all there is of the text. It may hold colons, and may be a whole sentence.
    private func message(of ref: String, text: String?) -> ProviderMessage? {
        guard let text = text?.trimmed, !text.isEmpty else { return nil }
        return ProviderMessage(
            id: name(ref, "", "", text), sender: "", text: text, code: text.contains(where: \.isWhitespace) ? nil : text
        )
    }

    /// Codes and texts of a list: lists, single texts, texts that look like a list, or null.
    private func messages(of ref: String, codes: JSON?, texts: JSON?) -> [ProviderMessage] {
        let codes = Self.unwrapped(codes)
        let texts = Self.unwrapped(texts)
        let count = max(codes.count, texts.count)
        return (0..<count).compactMap { index in
            let code = codes.count == count ? codes[index] : nil
            guard let words = texts.count == count ? texts[index] : code else { return nil }
            return ProviderMessage(id: name(ref, "", "", words), sender: "", text: words, code: code)
        }
    }

    private static func unwrapped(_ json: JSON?) -> [String] {
        switch json {
        case .array(let rows):
            return rows.flatMap { row -> [String] in
                if let text = row.stringValue { return text.isEmpty ? [] : [text] }
                return row.integerValue.map { [String($0)] } ?? unwrapped(row["text"] ?? row["code"])
            }
        case .integer(let number): return [String(number)]
        case .string(let text):
            let text = text.trimmed
            guard !text.isEmpty else { return [] }
            guard text.hasPrefix("["), text.hasSuffix("]") else { return [text] }
            if case .array(let rows)? = LenientJSON.parse(Array(text.utf8)) { return unwrapped(.array(rows)) }
            let inner = String(text.dropFirst().dropLast())
            return inner.isEmpty ? [] : [inner]
        default: return []
        }
    }

    private func call(of ref: String, _ json: JSON) -> ProviderCall? {
        let caller = text(json["from"] ?? json["phoneFrom"]) ?? ""
        let code = text(json["code"])
        let words = text(json["text"])
        guard !caller.isEmpty || code != nil || words != nil else { return nil }
        let date = text(json["dateTime"]) ?? ""
        return ProviderCall(
            id: name(ref, Self.isNone(date) ? "" : date, caller, words ?? code ?? ""), caller: caller,
            receivedAt: moment(json["dateTime"]), recording: text(json["url"]), text: words, code: code)
    }

    /// The same for the same message whenever it is told, and telling nothing of what is in it.
    private func name(_ ref: String, _ date: String, _ sender: String, _ text: String) -> String {
        let whole = [ref, date, sender, text].joined(separator: "\u{0}")
        return Base64.urlText(Array(HMAC.sha256(key: nameKey, Array(whole.utf8)).prefix(12)))
    }

    // MARK: - Atoms

    /// A list, the members of an object whose names are ordinals, one object, or nothing at all.
    func rows(_ json: JSON?) -> [JSON] {
        switch json {
        case .array(let rows): return rows
        case .object(let members):
            if members.isEmpty { return [] }
            return members.allSatisfy({ Int($0.name) != nil }) ? members.map(\.value) : [.object(members)]
        default: return []
        }
    }

    /// A non-empty text, or a whole number as one. `"null"` is what some write for nothing.
    func text(_ json: JSON?) -> String? {
        switch json {
        case .string(let text): text.isEmpty || text == "null" ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// An id: a positive integer as a rule, letters with some.
    func identifier(_ json: JSON?) -> String? {
        guard let text = text(json), text != "0", (1...64).contains(text.utf8.count), Self.isIdentifier(text) else {
            return nil
        }
        return text
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    func phone(_ json: JSON?) -> PhoneNumber? {
        text(json).flatMap { PhoneNumber($0.filter { $0.isNumber || $0 == "+" }) }
    }

    func number(_ json: JSON?) -> Double? { json?.doubleValue ?? json?.stringValue.flatMap { Double($0.trimmed) } }

    func integer(_ json: JSON?) -> Int? { number(json).flatMap { Int(exactly: $0.rounded()) } }

    /// An amount of the account's currency, or of the one that is told beside it.
    func money(_ json: JSON?, currency: JSON? = nil) -> Money? {
        let factor: Double? =
            switch integer(currency) {
            case 840: 1
            case nil, dialect.currency: dialect.dollarsPerUnit
            default: nil
            }
        guard let factor, let number = number(json) else { return nil }
        return Money(rounding: number * factor)
    }

    /// An amount in the account's currency, rounded down, so that a ceiling is never raised by rounding.
    func amount(_ money: Money) -> Money {
        dialect.dollarsPerUnit == 1
            ? money : Money(micro: Int64((Double(money.micro) / dialect.dollarsPerUnit).rounded(.down)))
    }

    /// A moment: seconds since 1970, or text; without a zone it is one only where the upstream's clock is known.
    func moment(_ json: JSON?) -> Timestamp? {
        if let seconds = json?.integerValue { return seconds > 0 ? Timestamp(seconds: seconds) : nil }
        guard let text = text(json)?.trimmed, !Self.isNone(text) else { return nil }
        if let seconds = Int64(text) { return seconds > 0 ? Timestamp(seconds: seconds) : nil }
        if let moment = Timestamp(text) { return moment }
        guard let offset = dialect.clockOffset else { return nil }
        return Timestamp(text + "Z").map { $0 - offset }
    }

    /// `0000-00-00 00:00:00` means that there is none.
    private static func isNone(_ date: String) -> Bool { date.isEmpty || date.hasPrefix("0000-00-00") }
}
