import JSON
import Kit

/// The lists of activations, open and ended.
extension SMSActivate {
    /// A walk through history, a page at a time.
    struct HistoryWalk {
        var offset = 0
        var isOver = false
        /// By our clock when it began, so that every page is of the same list. A day beyond now, for our clock may be
        /// behind.
        let end = Timestamp.now + .seconds(86_400)
        let start: Timestamp

        /// Thirty days at most are told, tomorrow included.
        init(days: Int = 28) { start = end - .seconds((days + 1) * 86_400) }
    }

    private static let historyPage = 100
    /// More than any account of ours has in a month; a longer list could not be read wholly.
    private static let historyPages = 400

    /// The next page, as the upstream orders them; nil when there is none.
    func nextPage(_ walk: inout HistoryWalk) async throws(ProviderError) -> [ProviderOrder]? {
        guard !walk.isOver else { return nil }
        guard walk.offset < Self.historyPage * Self.historyPages else {
            throw SMSActivateAnswer.unfit(.history, "The history does not end.")
        }
        let json = try await json(
            .history,
            [
                ("start", String(walk.start.microseconds / 1_000_000)),
                ("end", String(walk.end.microseconds / 1_000_000)),
                ("offset", String(walk.offset)), ("limit", String(Self.historyPage)),
                // What HeroSMS calls the limit.
                ("size", dialect.refusesByStatus ? String(Self.historyPage) : nil),
            ], maximumBody: 16 << 20)
        // A row that cannot be read might be the very order somebody looks for: better no list than one that proves an
        // absence which is none.
        let rows = json.arrayValue ?? json["data"]?.arrayValue ?? json["rows"]?.arrayValue
        guard let rows, case let orders = rows.compactMap({ reader.ended($0) }), orders.count == rows.count else {
            throw SMSActivateAnswer.unfit(.history, "The answer is not a list of activations.")
        }
        walk.offset += rows.count
        walk.isOver = rows.count < Self.historyPage
        return orders
    }

    /// Every open activation.
    func active() async throws(ProviderError) -> (orders: [ProviderOrder], servedAt: Timestamp?) {
        var orders: [ProviderOrder] = []
        var seen: Set<String> = []
        while true {
            let told = try await ask(
                .active,
                dialect.activePage.map { [("start", String(orders.count)), ("limit", String($0))] } ?? [],
                maximumBody: 16 << 20)
            guard let page = page(told) else {
                throw SMSActivateAnswer.unfit(.active, "The answer is not a list of activations.")
            }
            let fresh = page.filter { seen.insert($0.ref).inserted }
            orders += fresh
            // Who ignores the wish for a page gives all of them at once, and the same again.
            guard let size = dialect.activePage, page.count >= size, !fresh.isEmpty else {
                return (orders, told.servedAt)
            }
        }
    }

    /// nil when a row cannot be read.
    private func page(_ told: Told) -> [ProviderOrder]? {
        guard let json = told.json else { return told.isWord("NO_ACTIVATIONS") ? [] : nil }
        // `data` first: where both are there, `activeActivations` is an object around the same rows.
        let lists = [json["data"], json["activeActivations"], json["activeActivations"]?["rows"], json["rows"]]
        guard let rows = json.arrayValue ?? lists.lazy.compactMap({ $0?.arrayValue }).first else { return nil }
        let orders = rows.compactMap { reader.active($0) }
        return orders.count == rows.count ? orders : nil
    }

    /// Open activations first, all of them in the first page however many are wanted, for they have no time by which a
    /// reader could tell whether there are more; then history, newest first.
    func recentActivations(limit: Int, offset: Int) async throws(ProviderError) -> ProviderOrderPage {
        guard dialect.hasActive else {
            throw ProviderError(
                .unsupported, endpoint: SMSActivateAction.active.rawValue, text: "\(name) lists no orders.")
        }
        // History before the open ones: what moves from one list to the other meanwhile is then in both, not in neither.
        let past = dialect.hasHistory ? try await history(atLeast: limit + offset) : []
        let (open, servedAt) = try await active()
        let openRefs = Set(open.map(\.ref))
        let all = open.sorted { Self.isNewer($0.ref, $1.ref) } + past.filter { !openRefs.contains($0.ref) }
        let end = offset == 0 ? max(limit, open.count) : offset + limit
        return ProviderOrderPage(orders: Array(all.prefix(end).dropFirst(offset)), servedAt: servedAt)
    }

    /// The newest rows of history, newest first.
    private func history(atLeast count: Int) async throws(ProviderError) -> [ProviderOrder] {
        var walk = HistoryWalk()
        var orders: [ProviderOrder] = []
        while let page = try await nextPage(&walk) {
            orders += page
            // In which order it comes is written nowhere: one that begins with the oldest is read to its end.
            let isNewestFirst = page.count < 2 || Self.isNewer(page[0].ref, page[page.count - 1].ref)
            if isNewestFirst, orders.count >= count { break }
        }
        var seen: Set<String> = []
        return orders.filter { seen.insert($0.ref).inserted }.sorted { Self.isNewer($0.ref, $1.ref) }
    }

    /// Ids grow: the longer is the newer, and of equal length the greater.
    private static func isNewer(_ left: String, _ right: String) -> Bool {
        left.utf8.count != right.utf8.count ? left.utf8.count > right.utf8.count : left > right
    }
}
