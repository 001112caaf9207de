import Contracts
import Kit

/// Puts price lists and offers into messages that the broker takes.
package enum Publication {
    /// The broker's own limit is 256 KiB; this leaves room for what an estimate misses.
    package static let bytesPerMessage = 192 * 1024

    /// A change as one message; or, where that would be too large, the new list whole.
    package static func messages(
        provider: String, country: String, version: Int, at: Timestamp, change: PriceChange, new: PriceList,
        limit: Int = bytesPerMessage
    ) -> [ProviderPrices] {
        let size = change.offers.reduce(0) { $0 + bytes($1) } + change.gone.count * 96
        guard version > 1, size <= limit else {
            return whole(provider: provider, country: country, version: version, at: at, list: new, limit: limit)
        }
        var message = blank(provider, country, version, at)
        message.base = version - 1
        message.offers = change.offers
        message.gone = change.gone
        return [message]
    }

    /// A list, whole: in as many messages as it needs, each complete for a range of services.
    package static func whole(
        provider: String, country: String, version: Int, at: Timestamp, list: PriceList, limit: Int = bytesPerMessage
    ) -> [ProviderPrices] {
        ranges(list.lines, limit: limit, name: \.service, bytes: bytes).map { part in
            var message = blank(provider, country, version, at)
            message.offers = Array(part.elements)
            message.after = part.after
            message.through = part.through
            return message
        }
    }

    /// What is sold in a country, whole.
    package static func offers(
        country: String, at: Timestamp, _ services: [ServiceOffer], limit: Int = bytesPerMessage
    ) -> [OffersChanged] {
        ranges(services, limit: limit, name: \.service, bytes: bytes).map { part in
            var message = OffersChanged()
            message.country = country
            message.fetchedAt = at
            message.services = Array(part.elements)
            message.after = part.after
            message.through = part.through
            return message
        }
    }

    /// The moves of one list, in messages of which each stands for itself.
    package static func moves(
        provider: String, country: String, version: Int, at: Timestamp, _ moves: [PriceMove], perMessage: Int = 400
    ) -> [PricesChanged] {
        stride(from: 0, to: moves.count, by: perMessage).map { start in
            var message = PricesChanged()
            message.provider = provider
            message.country = country
            message.version = version
            message.at = at
            message.changes = Array(moves[start..<min(start + perMessage, moves.count)])
            return message
        }
    }

    // MARK: -

    private struct Part<Element> {
        var elements: ArraySlice<Element>
        var after: String?
        var through: String?
    }

    /// Cuts what is in order by name into ranges; what has one name stays together. One range at least.
    private static func ranges<Element>(
        _ elements: [Element], limit: Int, name: (Element) -> String, bytes: (Element) -> Int
    ) -> [Part<Element>] {
        var parts: [Part<Element>] = []
        var (start, size) = (0, 0)
        var after: String?
        var index = 0
        while index < elements.count {
            let word = name(elements[index])
            var (end, more) = (index, 0)
            while end < elements.count, name(elements[end]) == word {
                more += bytes(elements[end])
                end += 1
            }
            if size + more > limit, index > start {
                let through = name(elements[index - 1])
                parts.append(Part(elements: elements[start..<index], after: after, through: through))
                (start, size, after) = (index, 0, through)
            }
            size += more
            index = end
        }
        parts.append(Part(elements: elements[start...], after: after, through: nil))
        return parts
    }

    private static func blank(_ provider: String, _ country: String, _ version: Int, _ at: Timestamp) -> ProviderPrices
    {
        var message = ProviderPrices()
        message.provider = provider
        message.country = country
        message.version = version
        message.fetchedAt = at
        return message
    }

    /// What a line takes as JSON, at most: names, two amounts with their currency, and numbers.
    private static func bytes(_ line: ProviderPrice) -> Int {
        line.service.utf8.count + line.operator.utf8.count + 220
    }

    private static func bytes(_ offer: ServiceOffer) -> Int {
        offer.service.utf8.count + 360 + offer.operators.reduce(0) { $0 + $1.name.utf8.count + 90 }
            + (offer.providers ?? []).reduce(0) { $0 + $1.provider.utf8.count + 150 }
    }
}
