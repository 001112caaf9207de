import Contracts
import GatewayCore
import HTTPServer
import JSON
import Kit

/// Which part of a list a caller asked for: `limit` and `cursor` of its query.
struct Page<Cursor: LosslessStringConvertible & Sendable>: Sendable {
    let limit: Int
    /// Where the page before ended.
    let after: Cursor?

    init(_ query: QueryReader, by cursor: Cursor.Type) throws(Problem) {
        limit = try query.integer("limit", in: 1...200) ?? 50
        after = try query.string("cursor", maximum: 160).map { text throws(Problem) in
            guard let cursor = Cursor(text) else {
                throw Problem.invalid("query.cursor", "is not a cursor of ours; take next_cursor as it was given")
            }
            return cursor
        }
    }

    /// How many rows to ask for: one more than the caller gets tells whether there is another page.
    var reading: Int { limit + 1 }

    /// What the caller gets of so many rows.
    func body<Line, Body: JSONValue>(
        _ rows: [Line], cursor: (Line) -> Cursor, _ body: (Line) throws -> Body
    ) rethrows -> PageBody<Body> {
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map { cursor($0).description } : nil
        return PageBody(try shown.map(body), nextCursor: next)
    }
}
