import JSON
import Kit

/// Takes 5SIM's JSON apart, forgiving: members come and go, change case and type between versions. What matters is
/// checked by whoever asked.
struct FiveSimReader: Sendable {
    /// US dollars for one unit of the account's currency.
    let dollarsPerUnit: Double

    // MARK: orders

    /// nil when there is no id, for then it is no order.
    func order(_ json: JSON) -> ProviderOrder? {
        guard let ref = identifier(json["id"] ?? json["ID"]) else { return nil }
        return ProviderOrder(
            ref: ref, phone: phone(json["phone"]), operator: text(json["operator"]), product: text(json["product"]),
            country: text(json["country"]), price: money(json["price"]), status: status(json["status"]),
            expires: time(json["expires"]), createdAt: time(json["created_at"]), messages: messages(json["sms"]))
    }

    /// `null`, `[]`, a list, or nothing at all.
    func messages(_ json: JSON?) -> [ProviderMessage] {
        (json?.arrayValue ?? []).compactMap { element in
            guard element.objectValue != nil else { return nil }
            return ProviderMessage(
                id: identifier(element["id"] ?? element["ID"]), sender: text(element["sender"]) ?? "",
                text: element["text"]?.stringValue ?? "", code: text(element["code"]),
                receivedAt: time(element["date"]), storedAt: time(element["created_at"]))
        }
    }

    private func status(_ json: JSON?) -> ProviderOrder.Status {
        let word = text(json) ?? ""
        return switch word.uppercased() {
        case "PENDING": .pending
        case "RECEIVED": .received
        case "CANCELED", "CANCELLED": .cancelled
        case "TIMEOUT": .timeout
        case "FINISHED": .finished
        case "BANNED": .banned
        default: .unknown(word)
        }
    }

    // MARK: lists

    /// `{"Data":[…],"Total":3}` in either case; nil when it is not of that shape.
    func page(_ json: JSON) -> (rows: [JSON], total: Int?)? {
        guard json.objectValue != nil, let data = json["Data"] ?? json["data"], data.isNull || data.arrayValue != nil
        else { return nil }
        return (data.arrayValue ?? [], integer(json["Total"] ?? json["total"]))
    }

    /// `[{"Name":"x"}]`, `[{"name":"x"}]`, `["x"]` or `null`.
    func names(_ json: JSON?) -> [String] {
        (json?.arrayValue ?? []).compactMap { text($0["Name"] ?? $0["name"] ?? $0) }
    }

    /// Price lists: three levels whose outer two are `country` and `product`, swapped when only a product was asked.
    func offers(_ json: JSON, isByProduct: Bool) -> [ProviderOffer] {
        var offers: [ProviderOffer] = []
        for outer in json.objectValue ?? [] {
            for inner in outer.value.objectValue ?? [] {
                for line in inner.value.objectValue ?? [] {
                    guard let cost = money(line.value["cost"]) else { continue }
                    offers.append(
                        ProviderOffer(
                            country: isByProduct ? inner.name : outer.name,
                            product: isByProduct ? outer.name : inner.name, operator: line.name, cost: cost,
                            // The robot that calls costs what the message costs.
                            voiceCost: cost, count: integer(line.value["count"]) ?? 0, rates: rates(line.value)))
                }
            }
        }
        return offers
    }

    private func rates(_ json: JSON) -> DeliveryRates {
        DeliveryRates(
            overall: number(json["rate"]), hour: number(json["rate1"]), threeHours: number(json["rate3"]),
            day: number(json["rate24"]), threeDays: number(json["rate72"]), week: number(json["rate168"]),
            month: number(json["rate720"]))
    }

    // MARK: atoms

    /// A non-empty text.
    func text(_ json: JSON?) -> String? {
        switch json {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// An id: a positive integer, as a number or as text.
    func identifier(_ json: JSON?) -> String? {
        guard let text = text(json), let number = Int64(text), number > 0 else { return nil }
        return String(number)
    }

    /// With `+` or without, as text or as a number, spaces and all.
    func phone(_ json: JSON?) -> PhoneNumber? {
        text(json).flatMap { PhoneNumber($0.filter { $0.isNumber || $0 == "+" }) }
    }

    func number(_ json: JSON?) -> Double? { json?.doubleValue ?? json?.stringValue.flatMap { Double($0) } }

    func integer(_ json: JSON?) -> Int? { number(json).flatMap { Int(exactly: $0.rounded()) } }

    func money(_ json: JSON?) -> Money? { number(json).flatMap { Money(rounding: $0 * dollarsPerUnit) } }

    /// An amount in the account's currency, rounded down, so that a ceiling is never raised by rounding.
    func amount(_ money: Money) -> Money {
        dollarsPerUnit == 1 ? money : Money(micro: Int64((Double(money.micro) / dollarsPerUnit).rounded(.down)))
    }

    func time(_ json: JSON?) -> Timestamp? { json?.stringValue.flatMap { Timestamp($0) } }
}
