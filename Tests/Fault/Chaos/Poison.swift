import Bus
import JSON
import Kit
import TestSupport

/// Messages that no service can do anything with but put aside.
struct Poison: Sendable {
    /// The name in its body by which it is found again where it was parked.
    let mark: String
    let queue: String
    let type: String
    let body: [UInt8]
    let hasID: Bool

    /// Each queue with a type that is known there.
    private static let places = [
        ("verification.commands", "verification.cancel.v1"), ("verification.events", "billing.hold.placed.v1"),
        ("billing.commands", "billing.hold.place.v1"), ("billing.commands", "billing.hold.void.v1"),
        ("gateway.events", "verification.completed.v1"), ("gateway.events", "billing.hold.placed.v1"),
    ]
    /// Where every type is read, and one that is not known is nobody's.
    private static let strict: Set<String> = ["verification.commands", "billing.commands"]

    init(number: Int, dice: UInt64) {
        var generator = SplitMix64(seed: dice)
        let mark = "chaos-poison-\(number)."
        let (queue, known) = generator.pick(Self.places)
        var type = known
        var hasID = true
        let text: String
        switch generator.below(9) {
        case 0: text = "{\"chaos\":\"\(mark)\","
        case 1: text = "{\"chaos\":\"\(mark)\"}"
        case 2: text = "[\"\(mark)\"]"
        case 3: text = "{\"chaos\":\"\(mark)\",\"verification_id\":\"\\u0000\",\"hold_id\":\"\\u0000\"}"
        case 4: text = "\"\(mark)\"" + String(repeating: "[", count: 20_000)
        case 5: text = "{\"chaos\":\"\(mark)\",\"deep\":" + String(repeating: "[", count: 20_000)
        case 6: text = "{\"chaos\":\"\(mark)" + String(repeating: "x", count: 200_000) + "\"}"
        case 7:
            text = "{\"chaos\":\"\(mark)\"}"
            if Self.strict.contains(queue) { type = generator.below(2) == 0 ? "\(known.dropLast(2))v9" : "chaos.v1" }
        default:
            text = "{\"chaos\":\"\(mark)\"}"
            hasID = false
        }
        var body = Array(text.utf8)
        // Half of them are no text besides.
        if generator.below(2) == 0 { body.insert(contentsOf: [0xFF, 0xC0, 0x80], at: body.count - 1) }
        self.mark = mark
        self.queue = queue
        self.type = type
        self.body = body
        self.hasID = hasID
    }

    var properties: JSON {
        var members: [JSON.Member] = [.init("type", .string(type)), .init("delivery_mode", 2)]
        if hasID { members.append(.init("message_id", .string(ID.new().description))) }
        return .object(members)
    }
}
