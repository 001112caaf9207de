import JSON
import Kit

/// Takes TextVerified's JSON apart, forgiving: members may be missing or null, and enumerations are written in one case
/// here and in another there. What matters is checked by whoever asked.
enum TextVerifiedReader {
    // MARK: orders

    /// A verification or a rental, as a row of a list or in full; nil when there is no id, for then it is neither.
    static func order(_ json: JSON) -> ProviderOrder? {
        guard let ref = text(json["id"]) else { return nil }
        let number = phone(json["number"])
        return ProviderOrder(
            ref: ref, phone: number, product: text(json["serviceName"]).map { TextVerifiedServices.slug(of: $0) },
            country: TextVerified.country, price: money(json["totalCost"]),
            status: status(json["state"], hasNumber: number != nil), expires: time(json["endsAt"]),
            createdAt: time(json["createdAt"]))
    }

    /// A report is a claim: the money is back when the state says `verificationRefunded`, and until then the order is
    /// neither open nor settled, which is what an unknown word means to those who ask.
    static func status(_ json: JSON?, hasNumber: Bool) -> ProviderOrder.Status {
        let word = text(json) ?? ""
        return switch word.lowercased() {
        case "verificationpending": hasNumber ? .received : .pending
        case "renewableactive", "nonrenewableactive", "renewableoverdue": .received
        case "verificationcompleted", "verificationreused", "verificationreactivated": .finished
        case "renewableexpired", "nonrenewableexpired": .finished
        case "verificationcanceled", "verificationcancelled": .cancelled
        case "verificationtimedout": .timeout
        case "verificationrefunded", "renewablerefunded", "nonrenewablerefunded": .banned
        default: .unknown(word)
        }
    }

    // MARK: messages and calls

    /// nil for what is no message at all. One that only its receiver may read has no text.
    static func message(_ json: JSON) -> ProviderMessage? {
        guard json.objectValue != nil else { return nil }
        return ProviderMessage(
            id: text(json["id"]), sender: text(json["from"]) ?? "", text: json["smsContent"]?.stringValue ?? "",
            code: text(json["parsedCode"]), receivedAt: time(json["createdAt"]))
    }

    static func call(_ json: JSON) -> ProviderCall? {
        guard json.objectValue != nil else { return nil }
        return ProviderCall(
            id: text(json["id"]), caller: text(json["from"]) ?? "", receivedAt: time(json["createdAt"]),
            recording: text(json["recordingUri"]))
    }

    // MARK: lists

    struct Page: Sendable {
        let rows: [JSON]
        let next: TextVerifiedLink?
    }

    /// `{"data":[…],"hasNext":false,"links":{"next":…}}`; nil when it is not of that shape, or says that more follows
    /// and not where.
    static func page(_ json: JSON) -> Page? {
        guard let rows = json["data"]?.arrayValue else { return nil }
        let next = TextVerifiedLink(json["links"]?["next"])
        guard json["hasNext"]?.boolValue ?? (next != nil) else { return Page(rows: rows, next: nil) }
        return next.map { Page(rows: rows, next: $0) }
    }

    // MARK: atoms

    /// A non-empty text; ids are text that means nothing.
    static func text(_ json: JSON?) -> String? {
        guard let text = json?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    static func flag(_ json: JSON?) -> Bool { json?.boolValue ?? false }

    static func money(_ json: JSON?) -> Money? {
        (json?.doubleValue ?? json?.stringValue.flatMap { Double($0) }).flatMap { Money(rounding: $0) }
    }

    static func time(_ json: JSON?) -> Timestamp? { json?.stringValue.flatMap { Timestamp($0) } }

    /// Ten digits, as numbers are written in the United States; with the country's `1` before them, or `+1`.
    static func phone(_ json: JSON?) -> PhoneNumber? {
        guard let digits = text(json)?.filter({ $0.isASCII && $0.isNumber }) else { return nil }
        return switch digits.count {
        case 10: PhoneNumber("1" + digits)
        case 11 where digits.hasPrefix("1"): PhoneNumber(digits)
        default: nil
        }
    }
}

/// The words of an enumeration of TextVerified's, read in any case.
package protocol TextVerifiedWord: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension TextVerifiedWord {
    init?(_ json: JSON?) {
        guard let word = json?.stringValue?.lowercased(),
            let known = Self.allCases.first(where: { $0.rawValue.lowercased() == word })
        else { return nil }
        self = known
    }
}

extension Money {
    /// As a JSON number.
    var decimal: JSON { micro % 1_000_000 == 0 ? .integer(micro / 1_000_000) : .number(Double(micro) / 1_000_000) }
}
