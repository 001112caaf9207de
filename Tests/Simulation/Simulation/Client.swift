import Bus
import Choosing
import Contracts
import Kit
import Prices
import VerificationCore

/// A customer with one order: sends the same request until it is answered, and has wishes meanwhile.
final class Client {
    private unowned(unsafe) let world: World
    let account: ID
    let key: String
    let isHTTP: Bool
    private let country: String
    private let price: Money
    private(set) var orderID: ID?
    /// The request was answered: from now on it must be kept.
    private(set) var isAccepted = false
    /// How often it asked for each action; a wish whose answer got lost may have been heard.
    private(set) var wishes: [VerificationAction.Kind: Int] = [:]

    init(_ world: World, account: ID, number: Int) {
        self.world = world
        self.account = account
        key = "r\(number)"
        isHTTP = world.dice.chance(7000)
        country = world.dice.pick(World.countries)
        let cheapest = world.provider.offers(country).map(\.cost).min() ?? .zero
        price = PricePolicy(service: World.service).price(.sms, cost: cheapest)
    }

    func begin() {
        world.after(world.dice.pause(0, 40_000)) { [self] in send() }
        for _ in 0..<world.dice.pick([0, 0, 1, 1, 2, 4]) {
            let kind = world.dice.pick([VerificationAction.Kind.cancel, .cancel, .report, .complete, .another])
            world.after(world.dice.pause(0, 200_000)) { [self] in wish(kind) }
        }
    }

    private func send() {
        guard !isAccepted else { return }
        if isHTTP { sendHTTP() } else { sendAMQP() }
        // Nobody answered: the same again. Some ask again although they were answered.
        world.after(world.dice.pause(500, 15_000)) { [self] in send() }
        if world.dice.chance(1000) {
            world.after(world.dice.pause(0, 60_000)) { [self] in isHTTP ? sendHTTP() : sendAMQP() }
        }
    }

    private func sendHTTP() {
        var request = VerificationRequest()
        request.verificationID = world.newID()
        request.accountID = account
        request.service = World.service
        request.country = country
        request.price = price
        request.requestedAt = world.time
        let (gateway, sent) = (world.gateway, request)
        gateway.serve { [self] in
            gateway.store.accept(sent, key: key)
        } answer: { [self] id in
            if world.dice.chance(world.weather.call) {
                world.tally.lostAnswers += 1
                return
            }
            if let known = orderID, known != id { world.fault("client \(key) was told of two orders") }
            orderID = id
            isAccepted = true
        }
    }

    private func sendAMQP() {
        let wish = Message.Wish(
            account: account, requestID: key, country: country, service: World.service, price: price, action: nil)
        if world.broker.publish(Message(world.newID(), .ingress(wish))) == .confirmed { isAccepted = true }
    }

    private func wish(_ kind: VerificationAction.Kind) {
        guard isHTTP else {
            wishes[kind, default: 0] += 1
            let wish = Message.Wish(
                account: account, requestID: key, country: country, service: World.service, price: price, action: kind)
            // Repeats of an action over the ingress are actions of their own, and the broker makes repeats.
            _ = world.broker.publish(Message(world.newID(), .ingress(wish)))
            return
        }
        guard let orderID else { return }
        let gateway = world.gateway
        gateway.serve { [self] in
            wishes[kind, default: 0] += 1
            let action = VerificationAction(verificationID: orderID, accountID: account)
            gateway.store.outbox.write([.action(kind, action)])
        } answer: { _ in
        }
    }
}
