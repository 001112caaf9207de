import HTTPClient
import JSON
import Kit
import Testing

@Suite("SMS-Activate's rentals, as the sandbox has them")
struct HandlerRentalTests {
    private func rent(_ upstream: HandlerHarness, hours: Int = 4) async throws -> String {
        let json = try await upstream.json(
            "getRentNumber", [("service", "full"), ("rent_time", String(hours)), ("country", "16")])
        return try #require(json["phone"]?["id"]?.integerValue.map { String($0) })
    }

    @Test("no message yet is an error, and messages are an object of ordinals or a list, newest first")
    func messages() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let id = try await rent(upstream)
            let empty = try await upstream.json("getRentStatus", [("id", id)])
            #expect(empty == ["status": "error", "message": "STATUS_WAIT_CODE"])
            try await upstream.sms(id, "first 1111")
            try await upstream.sms(id, "second 2222")
            let map = try await upstream.json("getRentStatus", [("id", id)])
            #expect(map["quantity"] == "2" && map["values"]?["0"]?["text"] == "second 2222")
            try await upstream.control(.put, "/handler", ["rent_values": "list"])
            let list = try await upstream.json("getRentStatus", [("id", id), ("size", "1"), ("page", "2")])
            #expect(list["values"]?[0]?["text"] == "first 1111" && list["values"]?.arrayValue?.count == 1)
        }
    }

    @Test("a rental ends, is given back within twenty minutes, or is taken away and paid back")
    func endings() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let finished = try await rent(upstream)
            #expect(
                try await upstream.json("setRentStatus", [("id", finished), ("status", "1")])["status"] == "success")
            #expect(try await upstream.json("getRentStatus", [("id", finished)])["message"] == "STATUS_FINISH")
            let again = try await upstream.json("setRentStatus", [("id", finished), ("status", "1")])
            #expect(again["message"] == "ALREADY_FINISH")

            let cancelled = try await rent(upstream)
            _ = try await upstream.json("setRentStatus", [("id", cancelled), ("status", "2")])
            #expect(try await upstream.json("getRentStatus", [("id", cancelled)])["message"] == "STATUS_CANCEL")
            #expect(try await upstream.movements("rent_refund") == 1)

            let revoked = try await rent(upstream)
            try await upstream.control(.post, "/orders/\(revoked)/status", ["status": "BANNED"])
            #expect(try await upstream.json("getRentStatus", [("id", revoked)])["message"] == "STATUS_REVOKE")
            #expect(try await upstream.movements("rent_refund") == 2)

            let late = try await rent(upstream)
            try await upstream.control(.post, "/clock", ["advance_ms": 1_201_000])
            let refused = try await upstream.json("setRentStatus", [("id", late), ("status", "2")])
            #expect(refused["message"] == "CANT_CANCEL")
            #expect(
                try await upstream.json("setRentStatus", [("id", late), ("status", "7")])["message"]
                    == "INCORECT_STATUS")
            #expect(try await upstream.control(.get, "/books")["balanced"] == true)
        }
    }

    @Test("a rental is prolonged under its id, and under a new one when it was over")
    func extending() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let id = try await rent(upstream)
            let price = try await upstream.json("continueRentInfo", [("id", id), ("hours", "4")])["price"]
            #expect(price?.doubleValue ?? 0 > 0)
            let same = try await upstream.json("continueRentNumber", [("id", id), ("rent_time", "4")])
            #expect(same["phone"]?["id"]?.integerValue.map { String($0) } == id)
            try await upstream.control(.post, "/clock", ["advance_ms": 14_500_000])
            #expect(try await upstream.json("getRentStatus", [("id", id)])["message"] == "STATUS_WAIT_CODE")
            try await upstream.control(.post, "/clock", ["advance_ms": 14_500_000])
            #expect(try await upstream.json("getRentStatus", [("id", id)])["message"] == "STATUS_FINISH")
            let other = try await upstream.json("continueRentNumber", [("id", id), ("rent_time", "4")])
            #expect(other["phone"]?["id"]?.integerValue.map { String($0) } != id)
            #expect(other["phone"]?["number"] == same["phone"]?["number"])
            let long = try await upstream.json("continueRentNumber", [("id", id), ("rent_time", "2000")])
            #expect(long["message"] == "MAX_HOURS_EXCEED" && long["info"]?["max"] == 1_344)
            #expect(
                try await upstream.json("continueRentNumber", [("id", id), ("rent_time", "1")])["message"]
                    == "INVALID_TIME")
        }
    }

    @Test("open rentals are listed, and none is an error")
    func list() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            #expect(try await upstream.json("getRentList")["message"] == "NO_NUMBERS")
            let id = try await rent(upstream)
            #expect(try await upstream.json("getRentList")["values"]?["0"]?["id"] == .string(id))
            let offers = try await upstream.json(
                "getRentServicesAndCountries", [("country", "16"), ("rent_time", "24")])
            #expect(offers["services"]?["full"]?["cost"]?.doubleValue ?? 0 > 0)
        }
    }
}
