import Database

/// A row of three columns, for a question that is asked in one place.
package struct ThreeColumns<First: DatabaseValue, Second: DatabaseValue, Third: DatabaseValue>: Row {
    package let first: First
    package let second: Second
    package let third: Third

    package init(_ columns: inout Columns) throws(DatabaseError) {
        first = try columns.next()
        second = try columns.next()
        third = try columns.next()
    }
}
