import HTTPServer
import JSON
import Kit
import SandboxCore

/// The price list of all countries, some nine megabytes, a country at a time: it is never in memory as a whole.
enum PriceFeed {
    static func response(_ market: Market, at now: Timestamp, countries: Int? = nil) -> HTTPResponse {
        .stream(headers: ["Content-Type": "application/json"], whenFull: .wait) { stream in
            var separator = UInt8(ascii: "{")
            for place in market.places.prefix(countries ?? market.places.count) {
                var writer = JSONWriter(capacity: 64 * 1024)
                FiveSimWriter.pricesOfCountry(market, place: place, at: now, to: &writer)
                try await stream.write([separator] + writer.bytes)
                separator = UInt8(ascii: ",")
            }
            // A fault wants it broken off.
            guard countries == nil else { throw CancellationError() }
            try await stream.write("}")
        }
    }
}
