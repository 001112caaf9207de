import JSON
import Kit
import Testing

@testable import SandboxCore

@Suite("What the simulated provider tells of the past")
struct HistoryTests {
    @Test("pages follow on each other in either direction, and the filters hold")
    func pages() throws {
        let world = World(mode: .manual)
        var ids: [Int64] = []
        for index in 0..<25 {
            let order = try world.buy(index % 5 == 0 ? "google" : "telegram")
            ids.append(order.id)
            if index % 2 == 0 { _ = try world.cancel(order) }
            world.pass(.seconds(1))
        }
        let rental = try world.buy("3hours")

        func page(_ change: (inout HistoryQuery) -> Void = { _ in }) -> HistoryPage {
            var query = HistoryQuery(category: .activation)
            change(&query)
            return world.history(query)
        }
        #expect(page().orders.map(\.id) == ids)
        #expect(page().total == 25)
        let newest = page {
            $0.reverse = true
            $0.limit = 3
            $0.offset = 2
        }
        #expect(newest.orders.map(\.id) == Array(ids.reversed()[2..<5]))
        #expect(page { $0.offset = 100 }.orders.isEmpty)
        #expect(page { $0.product = "google" }.total == 5)
        #expect(page { $0.status = "RECEIVED" }.orders.map(\.id) == ids.enumerated().filter { $0.0 % 2 == 1 }.map(\.1))
        #expect(page { $0.status = "CANCELED" }.total == 13)
        let third = try #require(world.seller.order(ids[3]))
        #expect(page { $0.phone = "+" + third.phone }.orders.map(\.id) == [ids[3]])
        #expect(page { $0.date = String(world.now.description.prefix(10)) }.total == 25)
        #expect(page { $0.date = "1999-01-01" }.total == 0)
        let prices = page { $0.order = .price }.orders.map(\.price)
        #expect(prices == prices.sorted())
        #expect(page { $0.category = .hosting }.orders.map(\.id) == [rental.id])
        #expect(page().productNames == ["google", "telegram"])
        #expect(page { $0.category = .hosting }.productNames == ["3hours"])
    }

    @Test("the open orders are found among many that are closed")
    func openOrders() throws {
        let world = World(mode: .manual)
        world.seller.settings.enforcesRating = false
        var open: [Int64] = []
        for index in 0..<500 {
            let order = try world.buy()
            if index % 50 == 0 { open.append(order.id) } else { _ = try world.cancel(order) }
        }
        var query = HistoryQuery(category: .activation)
        query.status = "RECEIVED"
        #expect(world.history(query).orders.map(\.id) == open)
        #expect(world.account.openCount == open.count)
        #expect(world.account.openIDs.count <= 2 * open.count + 33)
    }

    @Test("a row leaves forwarding out and always has an array of messages")
    func rows() throws {
        let world = World(mode: .manual)
        _ = try world.buy()
        let page = world.history(HistoryQuery(category: .activation))
        var writer = JSONWriter()
        FiveSimWriter.history(page, in: world.seller, to: &writer)
        let value = try JSON(parsing: writer.bytes)
        let row = try #require(value["Data"]?[0])
        #expect(row["forwarding"] == nil && row["sms"] == .array([]))
        #expect(value["Statuses"]?[0]?["Name"] == "PENDING")
    }

    @Test("the profile adds up, and its lists of last orders are never empty texts")
    func profile() throws {
        let world = World(mode: .manual)
        func profile() throws -> JSON {
            var writer = JSONWriter()
            FiveSimWriter.profile(world.account, in: world.seller, to: &writer)
            return try JSON(parsing: writer.bytes)
        }
        #expect(try profile()["balance"] == 100)
        #expect(try profile()["did_order"] == false)
        #expect(try profile()["last_order"]?.stringValue?.split(separator: ":").count == 5)
        let order = try world.buy()
        #expect(try profile()["total_active_orders"] == 1)
        #expect(try profile()["frozen_balance"]?.doubleValue == Double(order.price.micro) / 1e6)
        #expect(try profile()["rating"] == 96)
        _ = try world.cancel(order)
        #expect(try profile()["rating"] == 95.9)
    }
}
