import HTTPClient
import JSON
import Kit
import Runtime
import Security
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// Notices of the simulated TextVerified, as a receiver meets them.
@Suite("Notices of the simulated TextVerified")
struct TextVerifiedWebhookTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    private static let failure = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

    private struct Notice: Sendable {
        let told: ProviderNotice?
        let json: JSON
    }

    /// What came, oldest first.
    private func notices(_ peer: RawPeer) -> [Notice] {
        peer.requests.map { request in
            let body = Array((request.firstRange(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? "").utf8)
            let header = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("x-webhook-signature: ") }
            // What is no JSON is found by the tests below.
            return Notice(
                told: TextVerified.notice(
                    body: body, signature: header.map { String($0.dropFirst(21)) }, secret: Secret("whsec_x")),
                json: (try? JSON(parsing: body)) ?? .null)
        }
    }

    /// Waits until so many have come, and what became of them is known: the next attempt counts from then.
    private func wait(_ count: Int, _ peer: RawPeer, _ tv: TextVerifiedHarness) async -> [Notice] {
        _ = await eventually {
            guard peer.requests.count >= count else { return false }
            // What is refused here is looked at again.
            return (try? await tv.control(.get, "/webhook")["under_way"]) == 0
        }
        return notices(peer)
    }

    @Test("what arrives is told, signed over the body, with the order it is about")
    func told() async throws {
        let peer = try RawPeer { _, _ in .write(Self.ok) }
        defer { peer.close() }
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/webhook", ["url": .string(peer.url + "/hook"), "secret": "whsec_x"])
            let adapter = tv.adapter()
            let order = try await adapter.buy(BuyRequest(country: "usa", product: "telegram"))
            try await tv.text(order.ref, "Telegram code 48291")
            let told = await wait(2, peer, tv)
            #expect(told.count == 2 && told.allSatisfy { $0.told?.ref == order.ref && $0.json["attempt"] == 1 })
            #expect(told.map { $0.json["event"] } == ["v2.reservation.created", "v2.sms.received"])
            #expect(told[1].json["data"]?["smsContent"] == "Telegram code 48291")
            #expect(told[1].json["data"]?["id"] == nil)
            #expect(Set(told.map { $0.told?.eventID }).count == 2)
        }
    }

    @Test("a notice that is not taken comes again, with the same id and the next number, when the clock says so")
    func again() async throws {
        let isUp = Atomic<Bool>(false)
        let peer = try RawPeer { _, _ in .write(isUp.load(ordering: .acquiring) ? Self.ok : Self.failure) }
        defer { peer.close() }
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/webhook", ["url": .string(peer.url), "secret": "whsec_x"])
            _ = try await tv.adapter().buy(BuyRequest(country: "usa", product: "telegram"))
            #expect(await wait(1, peer, tv).count == 1)
            try await tv.advance(5_100)
            #expect(await wait(2, peer, tv).count == 2)
            isUp.store(true, ordering: .releasing)
            try await tv.advance(10_100)
            let all = await wait(3, peer, tv)
            #expect(all.map { $0.json["attempt"] } == [1, 2, 3])
            #expect(Set(all.map { $0.told?.eventID }).count == 1 && all[0].told != nil)
        }
    }

    @Test("a receiver that fails for long is not told anything any more")
    func switchedOff() async throws {
        let peer = try RawPeer { _, _ in .write(Self.failure) }
        defer { peer.close() }
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/webhook", ["url": .string(peer.url), "secret": "whsec_x"])
            _ = try await tv.adapter().buy(BuyRequest(country: "usa", product: "telegram"))
            for attempt in 1...8 {
                #expect(await wait(attempt, peer, tv).count == attempt)
                try await tv.advance(1_000_000)
            }
            #expect(
                await eventually {
                    // A refusal shows in what is looked at below.
                    (try? await tv.control(.get, "/webhook")["is_on"]) == false
                })
            let state = try await tv.control(.get, "/webhook")
            #expect(state["is_on"] == false && state["abandoned"] == 1 && state["delivered"] == 0)
        }
    }

    @Test("back-orders and billing cycles are told too, about no order")
    func rentals() async throws {
        let peer = try RawPeer { _, _ in .write(Self.ok) }
        defer { peer.close() }
        try await TextVerifiedHarness.run { tv in
            try await tv.control(
                .put, "/behaviour", ["rentals": "backorder", "back_order_ms": 200, "sale_ms": 0])
            try await tv.control(.put, "/webhook", ["url": .string(peer.url), "secret": "whsec_x"])
            let adapter = tv.adapter()
            var wish = TextVerifiedRentalWish(.thirtyDay)
            wish.allowsBackOrder = true
            wish.isRenewable = true
            let order = try await adapter.rent(wish)
            try await tv.advance(30 * 86_400_000 + 1_000)
            #expect(await wait(2, peer, tv).count == 2)
            try await adapter.updateRental(order.ref, renewable: true, isIncludedForRenewal: false)
            try await tv.advance(30 * 86_400_000)
            let told = await wait(3, peer, tv)
            #expect(
                told.map { $0.json["event"] } == [
                    "v2.rental.backorder.fulfilled", "v2.rental.billingcycle.renewed", "v2.rental.billingcycle.expired",
                ])
            #expect(told.allSatisfy { $0.told != nil && $0.told?.ref == nil })
        }
    }

    @Test("the sandbox stops although a receiver says nothing")
    func stopping() async throws {
        let peer = try RawPeer { _, _ in .silence }
        defer { peer.close() }
        let asked = Mutex(ContinuousClock.now)
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/webhook", ["url": .string(peer.url), "secret": "whsec_x"])
            _ = try await tv.adapter().buy(BuyRequest(country: "usa", product: "telegram"))
            #expect(await eventually { peer.requests.count == 1 })
            asked.withLock { $0 = .now }
        }
        // Sooner than the sender would have given up by itself.
        #expect(asked.withLock { $0 }.duration(to: .now) < .seconds(20))
    }
}
