import JSON
import Kit

/// Lists, which come in pages.
extension TextVerified {
    /// Enough for whatever a list can sensibly hold.
    private static let maximumPages = 200

    /// A list as far as `isEnough` wants it. Each page says where the next one is.
    func list(
        _ endpoint: TextVerifiedEndpoint, _ url: String, isUrgent: Bool = false,
        until isEnough: ([JSON]) -> Bool = { _ in false }
    ) async throws(ProviderError) -> (rows: [JSON], servedAt: Timestamp?, isWhole: Bool) {
        var rows: [JSON] = []
        var servedAt: Timestamp?
        var link = TextVerifiedLink(url)
        var seen: Set<String> = []
        while true {
            let told = try await follow(link, endpoint, isUrgent: isUrgent)
            guard let page = TextVerifiedReader.page(told.json) else {
                throw TextVerifiedAnswer.unfit(endpoint, "The answer is not a page of a list.")
            }
            rows += page.rows
            servedAt = servedAt ?? told.servedAt
            seen.insert(link.href)
            guard let next = page.next else { return (rows, servedAt, true) }
            if isEnough(rows) { return (rows, servedAt, false) }
            // A list that leads round in circles has no end that could prove anything.
            guard seen.count < Self.maximumPages, !seen.contains(next.href) else {
                throw TextVerifiedAnswer.unfit(endpoint, "The list does not end.")
            }
            link = next
        }
    }

    /// Orders of one or more lists, newest first. In which order TextVerified lists them is not documented: only where
    /// the rows are seen to be newest first is the rest of a list left alone.
    func newest(
        _ endpoint: TextVerifiedEndpoint, _ paths: [[String]], _ limit: Int, _ offset: Int
    ) async throws(ProviderError) -> ProviderOrderPage {
        var orders: [ProviderOrder] = []
        var servedAt: Timestamp?
        var isWhole = true
        for path in paths {
            let list = try await list(endpoint, try url(endpoint, path)) { rows in
                let times = rows.map { TextVerifiedReader.time($0["createdAt"]) }
                guard rows.count > offset + limit, let first = times.first, let last = times.last,
                    let first, let last, first > last
                else { return false }
                return zip(times, times.dropFirst()).allSatisfy { pair in
                    if let one = pair.0, let other = pair.1 { one >= other } else { false }
                }
            }
            // A row that cannot be read might be the very order that a reconciler is looking for: better no list than
            // one that proves an absence which is none.
            let read = list.rows.compactMap { TextVerifiedReader.order($0) }
            guard read.count == list.rows.count else {
                throw TextVerifiedAnswer.unfit(endpoint, "The list has a row that is no order.")
            }
            orders += read
            servedAt = servedAt ?? list.servedAt
            isWhole = isWhole && list.isWhole
        }
        let total = orders.count
        let sorted = orders.enumerated().sorted { left, right in
            let (one, other) = (left.element.createdAt, right.element.createdAt)
            if let one, let other, one != other { return one > other }
            return left.offset < right.offset
        }
        return ProviderOrderPage(
            orders: sorted.map(\.element).dropFirst(offset).prefix(limit).map { $0 }, total: isWhole ? total : nil,
            servedAt: servedAt)
    }
}
