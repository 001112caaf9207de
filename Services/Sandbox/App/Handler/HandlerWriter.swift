import JSON
import Kit
import Providers
import SandboxCore

/// Writes the seller's things as the SMS-Activate protocol has them.
struct HandlerWriter: Sendable {
    let settings: HandlerSettings
    let countries: NameMap<Int>

    init(_ dialect: HandlerDialect) {
        settings = dialect.settings
        countries = dialect.countries
    }

    // MARK: - Atoms

    /// The upstream writes its own time of day, three hours ahead of UTC, and no zone.
    static func time(_ moment: Timestamp, separator: String = " ") -> String {
        let text = Timestamp(seconds: (moment.microseconds / 1_000_000) + 3 * 3600).description
        return text.prefix(10) + separator + text.dropFirst(11).prefix(8)
    }

    func money(_ money: Money) -> JSON {
        settings.numbersAsText ? .string(Self.amount(money)) : .number(Double(money.micro) / 1_000_000)
    }

    func count(_ count: Int) -> JSON {
        settings.numbersAsText ? .string(String(count)) : .integer(Int64(count))
    }

    static func amount(_ money: Money) -> String {
        var text = money.description
        while text.last == "0", !text.hasSuffix(".00") { text.removeLast() }
        return text
    }

    func country(_ order: Order, _ seller: Seller) -> Int { countries.word(seller.place(of: order).country.slug) ?? -1 }

    func service(_ order: Order, _ seller: Seller) -> String {
        SMSActivateServiceTable.codes.word(seller.product(of: order).slug) ?? "ot"
    }

    /// What the upstream calls the code of a message: all of it, where its parser made nothing of it.
    static func code(_ message: Message) -> String { message.code ?? message.text }

    // MARK: - Activations

    func sale(_ order: Order, id: Int64, _ seller: Seller) -> JSON {
        var members: [JSON.Member] = [
            .init("activationId", settings.numbersAsText ? .string(String(id)) : .integer(id)),
            .init("phoneNumber", .string(order.phone)), .init("activationCost", money(order.price)),
            .init("currency", 840), .init("countryCode", .string(String(country(order, seller)))),
            .init("canGetAnotherSms", settings.numbersAsText ? "1" : true),
            .init("activationTime", .string(Self.time(order.createdAt))),
            .init("activationOperator", .string(seller.pool(of: order))),
        ]
        if settings.hasExtras {
            let prefix = seller.place(of: order).country.prefix.dropFirst()
            members.insert(.init("countryPhoneCode", .integer(Int64(prefix) ?? 0)), at: 5)
            members.append(.init("activationEndTime", .string(Self.time(order.expiresAt))))
        }
        return .object(members)
    }

    static func status(_ order: Order) -> String {
        guard order.status.isOpen else { return "STATUS_CANCEL" }
        guard let last = order.messages.last else { return "STATUS_WAIT_CODE" }
        return order.askedAgain == order.messages.count
            ? "STATUS_WAIT_RETRY:\(code(last))" : "STATUS_OK:\(code(last))"
    }

    func statusV2(_ order: Order) -> JSON {
        let call: JSON
        let last = order.messages.last
        let isCall = order.isVoice || order.isCallerCode
        if isCall, let last {
            call = [
                "from": .string(Self.caller(last, order)), "text": .string(order.isVoice ? last.text : ""),
                "code": .string(last.code ?? ""), "dateTime": .string(Self.time(last.date)), "url": .null,
                "parsingCount": 1,
            ]
        } else {
            call = settings.hasExtras ? .null : Self.noCall
        }
        var sms: JSON = settings.hasExtras ? .null : []
        if !isCall, let last {
            sms = [
                "dateTime": .string(Self.time(last.date)), "code": .string(last.code ?? ""), "text": .string(last.text),
            ]
        }
        return [
            "verificationType": order.isCallerCode ? 1 : order.isVoice ? 2 : 0, "sms": sms, "call": call,
        ]
    }

    /// A call that never was has a date that never was.
    private static let noCall: JSON = [
        "from": "", "text": "", "code": "", "dateTime": "0000-00-00 00:00:00", "url": .null, "parsingCount": 0,
    ]

    /// Who called: with such orders the last digits of the number are the code.
    private static func caller(_ message: Message, _ order: Order) -> String {
        let code = order.isCallerCode ? message.code ?? "0000" : "0000"
        return "7800" + String("5550000".prefix(max(0, 7 - code.count))) + code
    }

    func active(_ order: Order, _ seller: Seller) -> JSON {
        let codes = order.messages.map { JSON.string(Self.code($0)) }
        let texts = order.messages.map { JSON.string($0.text) }
        var members: [JSON.Member] = [
            .init("activationId", .string(String(order.id))), .init("serviceCode", .string(service(order, seller))),
            .init("phoneNumber", .string(order.phone)), .init("activationCost", money(order.price)),
            .init("activationStatus", order.askedAgain == order.messages.count ? "3" : "4"),
            .init("activationTime", .string(Self.time(order.createdAt))), .init("discount", "0.00"),
            .init("repeated", "0"), .init("countryCode", .string(String(country(order, seller)))),
            .init("countryName", .string(seller.place(of: order).country.name)), .init("canGetAnotherSms", "1"),
            .init("currency", 840),
        ]
        // The heir writes the last as one text, and null for none.
        if settings.hasExtras {
            members.append(.init("smsCode", codes.last ?? .null))
            members.append(.init("smsText", texts.last ?? .null))
        } else {
            members.append(.init("smsCode", .array(codes)))
            members.append(
                .init(
                    "smsText", texts.isEmpty ? .null : .string("[\(order.messages.map(\.text).joined(separator: ","))]")
                ))
        }
        if settings.tellsReference, let reference = order.reference {
            members.append(.init("orderId", .string(reference)))
        }
        return .object(members)
    }

    func actives(_ orders: [Order], _ seller: Seller) -> JSON {
        let rows = orders.map { active($0, seller) }
        switch settings.activeShape {
        case .bare: return .array(rows)
        case .list: return ["status": "success", "activeActivations": .array(rows)]
        case .object: break
        }
        return [
            "status": "success", "data": .array(rows),
            "activeActivations": [
                "row": rows.first ?? .null, "num_rows": .integer(Int64(rows.count)), "rows": .array(rows),
            ],
        ]
    }

    /// The cost is nothing while it is open, and when it was given back.
    func ended(_ order: Order, _ seller: Seller) -> JSON {
        let status =
            switch order.status {
            case .pending, .received: "4"
            case .finished: "6"
            case .canceled, .banned, .timeout: "8"
            }
        let texts = JSON.array(order.messages.map { .string($0.text) }).bytes
        var members: [JSON.Member] = [
            .init("id", settings.hasExtras ? .string(String(order.id)) : .integer(order.id)),
            .init("date", .string(Self.time(order.createdAt))), .init("phone", .string(order.phone)),
            .init("sms", order.messages.isEmpty ? .null : .string(String(decoding: texts, as: UTF8.self))),
            .init("cost", order.status == .finished ? money(order.price) : 0), .init("status", .string(status)),
            .init("currency", 840),
        ]
        if settings.hasExtras {
            members.append(.init("service", .string(service(order, seller))))
            members.append(.init("country", .integer(Int64(country(order, seller)))))
            members.append(.init("operator", .string(seller.pool(of: order))))
        }
        return .object(members)
    }

    func allMessages(_ order: Order, _ seller: Seller) -> JSON {
        [
            "data": .array(
                order.messages.map { message in
                    [
                        "id": .string(String(message.id)), "phoneFrom": .string(message.sender),
                        "code": message.code.map { .string($0) } ?? .null, "text": .string(message.text),
                        "service": .string(service(order, seller)), "date": .string(Self.time(message.date)),
                        "type": "sms",
                    ]
                }), "meta": ["total": .integer(Int64(order.messages.count))],
        ]
    }

    func notice(_ order: Order, _ message: Message, _ seller: Seller) -> JSON {
        [
            "activationId": .integer(order.id), "service": .string(service(order, seller)),
            "text": .string(message.text), "code": message.code.map { .string($0) } ?? .null,
            "country": .integer(Int64(country(order, seller))), "receivedAt": .string(Self.time(message.date)),
        ]
    }

    // MARK: - Rentals

    func rented(_ order: Order) -> JSON {
        [
            "status": "success",
            "phone": [
                "id": .integer(order.id), "endDate": .string(Self.time(order.expiresAt, separator: "T")),
                "number": .string(order.phone),
            ],
        ]
    }

    /// A page of what arrived, the newest first.
    func rentalMessages(_ order: Order, page: Int, size: Int) -> JSON {
        let all = Array(order.messages.reversed())
        let rows = all.dropFirst(max(0, page - 1) * size).prefix(size).map { message -> JSON in
            [
                "phoneFrom": .string(message.sender), "text": .string(message.text), "service": "ot",
                "date": .string(Self.time(message.date)),
            ]
        }
        return ["status": "success", "quantity": .string(String(all.count)), "values": values(rows)]
    }

    /// Rows as a list, or as an object of ordinals.
    func values(_ rows: [JSON]) -> JSON {
        settings.rentValuesAsList
            ? .array(rows) : .object(rows.enumerated().map { .init(String($0.offset), $0.element) })
    }
}
