import Kit
import Testing

@testable import SandboxCore

/// What sellers can do for TextVerified's sake, and the parts that only it has.
@Suite struct TextVerifiedPartsTests {
    @Test("An opaque id leads back to its number, and nothing else does")
    func ids() {
        let time = Timestamp(seconds: 1_770_000_000)
        for number: Int64 in [0, 1, 70_211_003, -5, .max, .min] {
            let text = OpaqueID.text("lr_", number, time)
            #expect(text.utf8.count == 29 && text.hasPrefix("lr_0"))
            #expect(OpaqueID.number("lr_", text) == number)
            #expect(OpaqueID.number("sa_", text) == nil)
            #expect(OpaqueID.number("lr_", text.dropLast()) == nil)
            let last = text.last == "0" ? "1" : "0"
            #expect(OpaqueID.number("lr_", text.dropLast() + last) != number)
        }
        let many = (0..<1_000).map { OpaqueID.text("lr_", $0, time) }
        #expect(Set(many).count == 1_000)
        // Later ids come later, as ULIDs do.
        #expect(OpaqueID.text("", 9, time) < OpaqueID.text("", 1, time + .seconds(1)))
        for wrong in ["", "lr_", "lr_!!!!!!!!!!!!!!!!!!!!!!!!!!", "70211003"] {
            #expect(OpaqueID.number("lr_", wrong) == nil)
        }
    }

    @Test("A recording is a WAV as long as it says, and no longer than a minute")
    func recordings() {
        for text in ["", "four eight two one", String(repeating: "word ", count: 5_000)] {
            let bytes = ToneRecording.wav(text)
            #expect(bytes.starts(with: "RIFF".utf8) && Array(bytes[8..<16]) == Array("WAVEfmt ".utf8))
            let length = (0..<4).reduce(0) { $0 | Int(bytes[40 + $1]) << (8 * $1) }
            #expect(length == bytes.count - 44 && length < 62 * 8_000)
        }
        #expect(ToneRecording.wav("four eight") != ToneRecording.wav("nine nine"))
    }

    @Test("A rental may have a price and an end of its own, be extended, and be given back")
    func renting() throws {
        let world = World(mode: .manual)
        let order = try world.buy("1day") { purchase in
            purchase.price = Money("7.5")
            purchase.lifetime = .seconds(3 * 86_400)
        }
        #expect(order.price == Money("7.5") && order.expiresAt == order.createdAt + .seconds(3 * 86_400))
        let longer = try world.seller.extendRental(
            order.id, by: .seconds(86_400), price: Money(micro: 1_000_000), account: world.customer, at: world.now)
        #expect(longer.expiresAt == order.expiresAt + .seconds(86_400))
        world.pass(.seconds(3 * 86_400 + 60))
        #expect(try world.check(order).status.isOpen)
        world.pass(.seconds(86_400))
        #expect(try world.check(order).status == .finished)
        #expect(throws: Refusal.self) {
            try world.seller.refundRental(order.id, account: world.customer, at: world.now)
        }
        let before = world.account.balance
        let other = try world.buy("1day")
        _ = try world.seller.refundRental(other.id, account: world.customer, at: world.now)
        #expect(world.account.balance == before && world.isConserved)
        #expect(try world.check(other).status == .canceled)
        let service = try world.buy()
        #expect(throws: Refusal.self) {
            try world.seller.extendRental(
                service.id, by: .seconds(60), price: .zero, account: world.customer, at: world.now)
        }
    }

    @Test("What was chosen is paid beside the price, and nothing is sold that cannot be paid with it")
    func surcharge() throws {
        let world = World(mode: .manual)
        let plain = try world.buy(country: "usa")
        let chosen = try world.buy(country: "usa", pool: world.seller.pool(of: plain)) {
            $0.surcharge = Money(micro: 250_000)
        }
        #expect(chosen.price == plain.price + Money(micro: 250_000))
        #expect(throws: Refusal.notEnoughBalance) {
            try world.buy(country: "usa") { $0.surcharge = Money(micro: 1_000_000_000) }
        }
        #expect(world.isConserved)
    }

    @Test("A number begins as it was wished, where there is such a beginning")
    func beginnings() throws {
        let world = World(mode: .manual)
        for area in ["201", "347", "562", "570", "740", "816"] {
            let order = try world.buy(country: "usa") { $0.beginning = area }
            #expect(order.phone.hasPrefix("1" + area))
        }
        let other = try world.buy(country: "usa") { $0.beginning = "999" }
        #expect(other.phone.hasPrefix("1"))
        #expect(Set(world.seller.orders.map(\.phone)).count == 7)
    }

    @Test("What arrives is told once to whoever asked for it, and its form is kept")
    func arrivals() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        world.send(order)
        #expect(world.seller.takeReceipts().isEmpty)
        world.seller.settings.notesReceipts = true
        _ = world.seller.script(
            order.id, text: "four eight", sender: "1800", code: .none, form: .call, after: .zero, at: world.now)
        world.send(order)
        let told = world.seller.takeReceipts()
        #expect(told.map(\.order) == [order.id, order.id] && world.seller.takeReceipts().isEmpty)
        #expect(try world.check(order).messages.map(\.form) == [.text, .call, .text])
    }
}
