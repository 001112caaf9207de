import Kit

/// One posting of the ledger's journal.
package struct Posting: Hashable, Sendable {
    package var at: Timestamp
    package var transfer: ID
    package var kind: String
    package var order: ID?
    package var reference: String?
    package var account: String
    /// In the sign convention of hledger: what an asset gains is positive. Zero over the postings of a transfer.
    package var amount: Money

    package init(
        at: Timestamp, transfer: ID, kind: String, order: ID? = nil, reference: String? = nil, account: String,
        amount: Money
    ) {
        self.at = at
        self.transfer = transfer
        self.kind = kind
        self.order = order
        self.reference = reference
        self.account = account
        self.amount = amount
    }
}

/// Writes postings as a journal that hledger reads. Postings of one transfer come one after the other.
package struct HledgerJournal: Sendable {
    private var current: ID?

    package init() {}

    /// What stands before the first transfer: how amounts are written, and what the accounts are.
    package static let head = """
        ; Namaskah's ledger, in its own sign convention: what is ours is positive, what we owe is negative.
        commodity 1000.000000 USD

        account assets       ; type: A
        account liabilities  ; type: L
        account equity       ; type: E
        account income       ; type: R
        account expenses     ; type: X

        """

    /// The lines of some more postings.
    package mutating func lines(of postings: some Sequence<Posting>) -> String {
        var text = ""
        for posting in postings {
            if posting.transfer != current {
                current = posting.transfer
                text += "\n" + Self.title(posting)
            }
            text += "    \(posting.account)  \(Self.amount(posting.amount)) USD\n"
        }
        return text
    }

    /// `2026-02-03 * (0192…) hold  ; time:10:35:11.482113Z, order:0192…, reference:…`
    private static func title(_ posting: Posting) -> String {
        let moment = posting.at.description
        var tags = ["time:\(moment.dropFirst(11))"]
        if let order = posting.order { tags.append("order:\(order)") }
        if let reference = posting.reference { tags.append("reference:\(plain(reference))") }
        return
            "\(moment.prefix(10)) * (\(posting.transfer)) \(plain(posting.kind))  ; \(tags.joined(separator: ", "))\n"
    }

    /// All six decimals, so that a column of amounts is easy on the eye.
    private static func amount(_ money: Money) -> String {
        let text = money.description
        let decimals =
            text.utf8.count - 1
            - (text.utf8.firstIndex(of: UInt8(ascii: ".")).map {
                text.utf8.distance(from: text.startIndex, to: $0)
            } ?? 0)
        return text + String(repeating: "0", count: max(0, 6 - decimals))
    }

    /// A text from outside without what has a meaning in a journal: line breaks, and the comma that ends a tag.
    private static func plain(_ text: String) -> String {
        TextTable.printable(String(text.map { $0 == "," || $0 == ";" ? " " : $0 }))
    }
}
