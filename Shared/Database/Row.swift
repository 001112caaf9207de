import CLinux
import CPostgres

/// One row of a result: a struct that names its columns and reads them in the order of the statement.
///
///     struct OpenOrder: Row {
///         let id: ID
///         let note: String?
///         init(_ columns: inout Columns) throws(DatabaseError) {
///             id = try columns.next()
///             note = try columns.next()
///         }
///     }
///
/// A row that leaves columns unread, or asks for more than there are, is an error: the two lists must be one.
package protocol Row: Sendable {
    init(_ columns: inout Columns) throws(DatabaseError)
}

/// The columns of one row, read from left to right. Cannot be copied, so that it does not outlive its result.
package struct Columns: ~Copyable {
    private let result: OpaquePointer
    private let row: Int32
    private let count: Int32
    private var column: Int32 = 0

    init(result: OpaquePointer, row: Int32) {
        self.result = result
        self.row = row
        count = PQnfields(result)
    }

    /// The next column.
    package mutating func next<Value: DatabaseValue>(_ type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard column < count else {
            throw DatabaseError(.decoding, "the row has \(count) columns, and one more was asked for")
        }
        let (result, column) = (result, column)
        var bytes: UnsafeRawBufferPointer?
        if PQgetisnull(result, row, column) == 0 {
            bytes = UnsafeRawBufferPointer(
                start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        }
        self.column += 1
        let cell = Cell(type: PQftype(result, column), bytes: bytes) {
            "column \(column + 1) (\"\(PQfname(result, column).map { String(cString: $0) } ?? "")\")"
        }
        return try Value.read(cell)
    }

    func finish() throws(DatabaseError) {
        guard column == count else {
            throw DatabaseError(.decoding, "the row has \(count) columns, and only \(column) were read")
        }
    }
}

/// A row of a single column, for `SELECT count(*)` and `RETURNING id`.
package struct SingleColumn<Value: DatabaseValue>: Row {
    package let value: Value
    package init(_ columns: inout Columns) throws(DatabaseError) { value = try columns.next() }
}
