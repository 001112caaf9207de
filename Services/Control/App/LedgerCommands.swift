import ControlCore
import Database
import JSON
import Kit

/// `ledger prove` and `ledger export`.
struct LedgerCommands: Sendable {
    /// How many transfers are read at a time, so that a ledger of any size is exported in little memory.
    private static let page = 5000

    let settings: Settings
    let terminal: Terminal

    private struct Check: Row {
        let name: String
        let isOK: Bool
        let detail: String
        init(_ columns: inout Columns) throws(DatabaseError) {
            name = try columns.next()
            isOK = try columns.next()
            detail = try columns.next()
        }
        var json: JSON { ["check": .string(name), "ok": .bool(isOK), "detail": .string(detail)] }
        var line: String { "\(isOK ? "ok    " : "FAILED")  \(name)\(detail.isEmpty ? "" : ": \(detail)")\n" }
    }

    /// Gives whether everything holds.
    func prove() async throws -> Bool {
        let checks = try await AdminDatabase.with(settings) { database in
            // It reads every transfer ever made.
            try await database.longTransaction(.readOnlySnapshot) { transaction in
                try await transaction.rows(Check.self, "SELECT \"check\", ok, detail FROM billing.prove()")
            }
        }
        // A proof that checked nothing has proved nothing.
        guard !checks.isEmpty else { throw CommandFailure("the database checked nothing") }
        let failed = checks.filter { !$0.isOK }.count
        terminal.result(
            ["ok": .bool(failed == 0), "checks": .array(checks.map(\.json))],
            checks.map(\.line).joined()
                + (failed == 0 ? "the ledger holds\n" : "the ledger does NOT hold: \(failed) of its checks failed\n"))
        return failed == 0
    }

    private struct PostingRow: Row {
        let posting: Posting
        init(_ columns: inout Columns) throws(DatabaseError) {
            posting = Posting(
                at: try columns.next(), transfer: try columns.next(), kind: try columns.next(),
                order: try columns.next(), reference: try columns.next(), account: try columns.next(),
                amount: try columns.next())
        }
    }

    /// Prints as it reads, all of it from one snapshot.
    func export(_ arguments: ExportLedger) async throws {
        try await AdminDatabase.with(settings) { database in
            // Run once: a transaction that only reads a snapshot is never in anybody's way, nor anybody in its.
            try await database.transaction(.readOnlySnapshot) { transaction in
                var journal = HledgerJournal()
                var last = ID.zero
                var isFirst = true
                terminal.text(terminal.isJSON ? "{\"postings\":[" : HledgerJournal.head)
                while true {
                    let postings = try await transaction.rows(PostingRow.self, query(arguments, after: last)).map(
                        \.posting)
                    guard let final = postings.last else { break }
                    last = final.transfer
                    if terminal.isJSON {
                        let items = postings.map { Self.json($0).text }.joined(separator: ",\n")
                        terminal.text((isFirst ? "\n" : ",\n") + items)
                        isFirst = false
                    } else {
                        terminal.text(journal.lines(of: postings))
                    }
                }
                if terminal.isJSON { terminal.text("\n]}\n") }
            }
        }
    }

    private func query(_ arguments: ExportLedger, after last: ID) -> SQL {
        let from: SQL = arguments.from.map { "AND created_at >= \($0)" } ?? ""
        let to: SQL = arguments.to.map { "AND created_at < \($0)" } ?? ""
        return """
            WITH page AS (
                SELECT id FROM billing.transfers WHERE id > \(last) \(from) \(to) ORDER BY id LIMIT \(Self.page)
            )
            SELECT j.at, j.transfer, j.kind, j.order_id, j.reference, j.account, j.amount
            FROM billing.journal j WHERE j.transfer IN (SELECT id FROM page) ORDER BY j.transfer, j.line
            """
    }

    private static func json(_ posting: Posting) -> JSON {
        [
            "at": .string(posting.at.description), "transfer": .string(posting.transfer.description),
            "kind": .string(posting.kind), "order": posting.order.map { .string($0.description) } ?? .null,
            "reference": posting.reference.map { .string($0) } ?? .null, "account": .string(posting.account),
            "amount": JSON(of: posting.amount),
        ]
    }
}
