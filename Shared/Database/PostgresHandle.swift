import CLinux
import CPostgres

/// A connection of libpq, closed with its last reference.
///
/// `@unchecked Sendable`: made on a connecting thread, then handed to the pool's thread, which alone uses it. The
/// manual (34.20, "Behavior in Threaded Programs") allows that: the "one thread restriction is that no two threads
/// attempt to manipulate the same PGconn object at the same time".
final class PostgresHandle: @unchecked Sendable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(raw) }

    /// What libpq last had to say, in one line.
    var message: String {
        let text = PQerrorMessage(raw).map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").map { $0.trimmingSpaces() }.joined(separator: "; ")
    }
}

/// The answer to one statement, freed with its last reference.
///
/// `@unchecked Sendable`: made on the pool's thread and read by the task that waited for it. The manual (34.20):
/// "PGresult objects are normally read-only after creation, and so can be passed around freely between threads."
final class PostgresResult: @unchecked Sendable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(raw) }

    var status: ExecStatusType { PQresultStatus(raw) }

    /// `INSERT 0 3`, `COMMIT`.
    var commandTag: String { PQcmdStatus(raw).map { String(cString: $0) } ?? "" }

    /// Rows inserted, changed, deleted or read.
    var affectedRows: Int { PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Whether the server ends the session together with this refusal.
    var isFatal: Bool {
        let severity = field("V")
        return severity == "FATAL" || severity == "PANIC"
    }

    var error: DatabaseError {
        let message = field("M") ?? PQresultErrorMessage(raw).map { String(cString: $0).trimmingSpaces() } ?? ""
        return DatabaseError(
            sqlState: field("C"), constraint: field("n"), message: String(message), routine: field("R"))
    }

    /// The letters are `PG_DIAG_…` of postgres_ext.h.
    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(raw, Int32(code.value)).map { String(cString: $0) }
    }

    func rows<R: Row>(_ type: R.Type, limit: Int32 = .max) throws(DatabaseError) -> [R] {
        let count = min(PQntuples(raw), limit)
        var rows: [R] = []
        rows.reserveCapacity(Int(count))
        for index in 0..<count {
            var columns = Columns(result: raw, row: index)
            rows.append(try R(&columns))
            try columns.finish()
        }
        return rows
    }
}

extension StringProtocol {
    func trimmingSpaces() -> String {
        var rest = Substring(self)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
