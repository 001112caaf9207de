import BillingCore
import Contracts
import JSON
import Kit
import Testing

@Suite("Reading commands")
struct CommandTests {
    private func body(_ command: Command) -> (type: String, bytes: [UInt8]) {
        switch command {
        case .place(let message): (PlaceHold.type, message.json)
        case .post(let message): (ResolveHold.Kind.post.rawValue, message.json)
        case .void(let message): (ResolveHold.Kind.void.rawValue, message.json)
        case .topUp(let message): (TopUp.type, message.json)
        case .settle(let settlements):
            {
                var message = SettleProvider()
                message.settlements = settlements
                return (SettleProvider.type, message.json)
            }()
        }
    }

    private let account = Making.id(1)

    @Test("every type is read as what it is")
    func roundTrip() throws {
        let commands = [
            Making.place(Making.id(2), account, 5), Making.post(Making.id(2), account, 5),
            Making.void(Making.id(2), account, [Making.settlement(.refund, "1", 3, isLoss: true)]),
            Making.topUp(Making.id(3), account, 1_000_000_000_000, reference: "r"),
            .settle([Making.settlement(.charge, "1", 0)]),
        ]
        for command in commands {
            let (type, bytes) = body(command)
            #expect(Command.types.contains(type))
            #expect(try Command(type: type, body: bytes) == command)
        }
        #expect(Set(commands.map { body($0).type }) == Set(Command.types))
    }

    @Test("what no repetition makes right is refused, with the field that is wrong")
    func malformed() {
        let long = String(repeating: "x", count: 201)
        var unknown = Making.settlement(.charge, "1", 1)
        unknown.kind = .unknown("fee")
        let cases: [(Command, String)] = [
            (Making.place(Making.id(2), account, 0), "amount: must be above 0"),
            (Making.place(Making.id(2), account, -1), "amount: must be above 0"),
            (Making.place(Making.id(2), account, 1_000_000_000_001), "at most 1000000.0000"),
            (Making.post(Making.id(2), account, -1), "amount: must be 0 or more"),
            (Making.topUp(Making.id(2), account, 0), "amount: must be above 0"),
            (Making.topUp(Making.id(2), account, 1_000_000_000_001), "amount: must be above 0 and at most"),
            (
                Making.topUp(Making.id(2), account, 1, reference: String(repeating: "x", count: 1001)),
                "reference: must have at most 1000 bytes"
            ),
            (.settle([Making.settlement(.charge, "1", -1)]), "settlements.0.amount"),
            (.settle([Making.settlement(.charge, "", 1)]), "settlements.0.reference"),
            (.settle([Making.settlement(.charge, long, 1)]), "settlements.0.reference"),
            (.settle([Making.settlement(.charge, "1", 1, provider: "")]), "settlements.0.provider"),
            (.settle([Making.settlement(.charge, "1", 1, provider: "5 Sim")]), "settlements.0.provider"),
            (.settle([Making.settlement(.charge, "1", 1), unknown]), "settlements.1.kind: fee is not known here"),
            (Making.void(Making.id(2), account, [unknown]), "settlements.0.kind"),
        ]
        for (command, reason) in cases {
            let (type, bytes) = body(command)
            let error = #expect(throws: MalformedCommand.self) { try Command(type: type, body: bytes) }
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "nothing") for \(reason)")
        }
    }

    @Test("text that is not JSON, lacks a field or has an unknown type is refused")
    func unreadable() {
        let cases: [(String, String, String)] = [
            (PlaceHold.type, "{", "not valid JSON"), (PlaceHold.type, "{}", "hold_id: is required"),
            (TopUp.type, #"{"transfer_id":"x"}"#, "transfer_id: must be a UUID"),
            ("billing.hold.place.v2", "{}", "is not one that billing takes"), ("", "", "is not one"),
        ]
        for (type, text, reason) in cases {
            let error = #expect(throws: MalformedCommand.self) { try Command(type: type, body: Array(text.utf8)) }
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "nothing") for \(reason)")
        }
    }

    @Test("a field that a newer sender adds is ignored")
    func newerSender() throws {
        let (type, bytes) = body(Making.place(Making.id(2), account, 5))
        let text = String(decoding: bytes, as: UTF8.self).dropLast() + #","note":"new"}"#
        #expect(try Command(type: type, body: Array(text.utf8)) == Making.place(Making.id(2), account, 5))
    }
}
