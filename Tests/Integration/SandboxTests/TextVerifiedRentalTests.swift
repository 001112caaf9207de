import HTTPClient
import JSON
import Kit
import Testing

@testable import Providers

/// Rentals of TextVerified: sales that take a while, back-orders, what is done with a rented number.
@Suite("Rentals of the simulated TextVerified")
struct TextVerifiedRentalTests {
    private static let wish = BuyRequest(.rental, country: "usa", product: "1day")

    @Test("a purchase answers with the sale, which is processed before it succeeds")
    func sale() async throws {
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/behaviour", ["sale_ms": 100_000])
            let token = try await tv.logIn()
            let answer = try await tv.send(
                .post, "/reservations/rental", token: token,
                [
                    "serviceName": "allservices", "capability": "sms", "numberType": "mobile", "duration": "oneDay",
                    "isRenewable": false, "alwaysOn": true, "allowBackOrderReservations": false,
                ])
            #expect(answer.status == 201)
            let place = answer.header("Location") ?? ""
            #expect(place.contains("/sales/"))
            #expect(try await tv.json(place, token: token)["state"] == "created")
            try await tv.advance(60_000)
            let processing = try await tv.json(place, token: token)
            #expect(processing["state"] == "processing" && processing["reservations"] == [])
            try await tv.advance(60_000)
            let done = try await tv.json(place, token: token)
            #expect(done["state"] == "succeeded" && done["total"]?.doubleValue != nil && done["totalCost"] == nil)
            let link = done["reservations"]?[0]?["link"]?["href"]?.stringValue ?? ""
            let concrete = try await tv.json(link, token: token)["href"]?.stringValue ?? ""
            let rental = try await tv.json(concrete, token: token)
            #expect(rental["state"] == "nonrenewableActive" && rental["endsAt"] != nil)
            let listed = try await tv.json("/sales", token: token)["data"]?[0]
            #expect(listed?["totalCost"] == done["total"] && listed?["total"] == nil)
        }
    }

    @Test("a rental is bought through its sale, takes messages of anybody, and is found again")
    func story() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            let before = try await adapter.balance().available
            let order = try await adapter.buy(Self.wish)
            #expect(order.phone != nil && order.status == .received && order.product == "1day")
            #expect(try await adapter.balance().available == before - (order.price ?? .zero))
            try await tv.text(order.ref, "Your code is 4711")
            #expect(try await adapter.rentalMessages(order.ref).map(\.code) == ["4711"])
            #expect(try await adapter.check(order.ref).messages.count == 1)
            #expect(try await adapter.recentOrders(.rental, limit: 5, offset: 0).orders.map(\.ref) == [order.ref])
            #expect(try await adapter.rentals(renewable: false).map(\.id) == [order.ref])
            #expect(try await adapter.rentals(renewable: true).isEmpty)
            #expect(try await adapter.checkedAt(order.ref) != nil)
        }
    }

    @Test("a rental above its ceiling is not bought")
    func ceiling() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            var wish = Self.wish
            wish.ceiling = Money("0.5")
            let dear = wish
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(dear) } == .overPrice)
            let total = try await tv.control(.get, "/books")["orders"]?["total"]
            #expect(total == 0)
            wish.product = "5hours"
            let odd = wish
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(odd) } == .ourMistake)
        }
    }

    @Test("a sale that fails bought nothing, and one that is not decided in time is unclear")
    func failures() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            try await tv.control(.put, "/behaviour", ["rentals": "failed"])
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(Self.wish) } == .outOfStock)
            try await tv.control(.put, "/behaviour", ["rentals": "backorder"])
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(Self.wish) } == .outOfStock)
            try await tv.control(.put, "/behaviour", ["rentals": "served", "sale_ms": 3_600_000])
            var short = Self.wish
            short.deadline = .seconds(3)
            let hasty = short
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(hasty) } == .ambiguous)
            #expect(try await adapter.recentOrders(.rental, limit: 5, offset: 0).orders.count == 1)
            try await tv.control(.put, "/behaviour", ["sale_ms": 0])
            try await tv.fault("check", "html502")
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(Self.wish) } == .ambiguous)
        }
    }

    @Test("a back-order is waited for, and its rental taken")
    func backOrder() async throws {
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/behaviour", ["rentals": "backorder", "back_order_ms": 1_500, "sale_ms": 0])
            let adapter = tv.adapter()
            var wish = TextVerifiedRentalWish(.sevenDay)
            wish.allowsBackOrder = true
            let order = try await adapter.rent(wish)
            #expect(order.phone != nil && order.status == .received)
            let sale = try #require(try await adapter.sales().first)
            let whole = try await adapter.sale(id: sale.id)
            let item = try #require(whole.backOrders.first)
            let back = try await adapter.backOrder(item.id)
            #expect(back.state == .fulfilled && back.reservationID == order.ref && back.saleID == sale.id)
        }
    }

    @Test("a rental is extended, and given back while nothing came")
    func extending() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            let order = try await adapter.buy(Self.wish)
            let before = try await adapter.rentalDetails(order.ref)
            #expect(before.canRefund && !before.isRenewable)
            try await adapter.extendRental(order.ref, by: .threeDay)
            let after = try await adapter.rentalDetails(order.ref)
            #expect(after.endsAt == before.endsAt.map { $0 + .seconds(3 * 86_400) })
            try await tv.advance(2 * 86_400_000)
            #expect(try await adapter.check(order.ref).status == .received)
            #expect(
                await refusal { () throws(ProviderError) in
                    try await adapter.refundRental(order.ref, renewable: false)
                } == .orderFinished(.hosting))
            let other = try await adapter.buy(Self.wish)
            let balance = try await adapter.balance().available
            try await adapter.refundRental(other.ref, renewable: false)
            #expect(try await adapter.balance().available == balance + (other.price ?? .zero))
            #expect(try await adapter.check(other.ref).status.isRefunded)
            #expect(try await tv.control(.get, "/books")["balanced"] == true)
            try await tv.advance(3 * 86_400_000)
            #expect(try await adapter.check(order.ref).status == .finished)
        }
    }

    @Test("renewable rentals go on in a billing cycle until they are taken out of it")
    func renewing() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            var wish = TextVerifiedRentalWish(.thirtyDay)
            wish.isRenewable = true
            let order = try await adapter.rent(wish)
            let rental = try await adapter.rentalDetails(order.ref)
            #expect(rental.isRenewable && rental.isIncludedForNextRenewal)
            let cycle = try #require(rental.billingCycle)
            #expect(try await adapter.rentals(renewable: true, billingCycle: cycle).map(\.id) == [order.ref])
            #expect(try await adapter.cycles().map(\.id) == [cycle])
            #expect(try await adapter.nextInvoice(of: cycle).total == order.price)
            try await adapter.updateCycle(cycle, sendsReminders: false, nickname: "mine")
            #expect(try await adapter.cycle(cycle).sendsReminders == false)
            try await tv.advance(30 * 86_400_000 + 1_000)
            #expect(try await adapter.check(order.ref).status == .received)
            #expect(try await adapter.invoices(of: cycle).map(\.isPaid) == [true])
            try await adapter.updateRental(order.ref, renewable: true, notes: "x", isIncludedForRenewal: false)
            #expect(try await adapter.rentalDetails(order.ref).isIncludedForNextRenewal == false)
            try await tv.advance(31 * 86_400_000)
            #expect(try await adapter.check(order.ref).status == .finished)
            #expect(try await adapter.cycle(cycle).state == "expired")
        }
    }

    @Test("a renewal that cannot be paid is overdue, and is paid later")
    func overdue() async throws {
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.post, "/accounts", ["token": "poor", "balance": 12])
            let adapter = tv.adapter { $0.apiKey = "poor" }
            var wish = TextVerifiedRentalWish(.thirtyDay)
            wish.isRenewable = true
            let order = try await adapter.rent(wish)
            func renewed() async -> ProviderError.Kind? {
                await refusal { () throws(ProviderError) in try await adapter.renewRental(order.ref) }
            }
            #expect(await renewed() == .orderFinished(.expired))
            try await tv.advance(30 * 86_400_000 + 1_000)
            #expect(try await adapter.rentalDetails(order.ref).state == "renewableOverdue")
            #expect(try await adapter.check(order.ref).status == .received)
            #expect(await renewed() == .account(.balance))
            try await tv.control(.post, "/accounts", ["token": "poor", "balance": 50])
            #expect(await renewed() == nil)
            #expect(try await adapter.rentalDetails(order.ref).state == "renewableActive")
            let books = try await tv.control(.get, "/books")
            #expect(books["balanced"] == true)
        }
    }

    @Test("a line that sleeps is woken")
    func waking() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            var wish = TextVerifiedRentalWish(.sevenDay)
            wish.isAlwaysOn = false
            let order = try await adapter.rent(wish)
            let wake = try await adapter.wake(order.ref)
            #expect(wake.isScheduled && wake.reservationID == order.ref && wake.windowStart != nil)
            #expect(try await adapter.wakeRequest(wake.id).windowEnd == wake.windowEnd)
            #expect(try await adapter.wakeEstimate(order.ref).start != nil)
            try await tv.advance(3_600_000)
            #expect(try await adapter.wakeRequest(wake.id).isScheduled == false)
        }
    }
}
