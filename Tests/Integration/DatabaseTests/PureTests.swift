import Kit
import Testing

@testable import Database

@Suite("What the database layer decides without a server")
struct PureTests {
    private func text(_ sql: SQL) -> String { sql.statement }

    @Test("Interpolated values become numbered parameters beside the text")
    func binding() {
        let sql: SQL = "SELECT \(1), \("two"), \(ID?.none) FROM \(raw: "t") ORDER BY \(identifier: "a\"b")"
        #expect(text(sql) == "SELECT $1, $2, $3 FROM t ORDER BY \"a\"\"b\"")
        #expect(sql.types == [20, 25, 2950])
        #expect(sql.parameters.map(\.length) == [8, 3, nil])
    }

    @Test("A nested statement brings its values along and is renumbered, at any depth and beyond nine")
    func nesting() {
        let inner: SQL = "x = \(1) AND y = \("b")"
        let middle: SQL = "(\(inner) OR z = \(true))"
        let many = (0..<10).map { "\(Int32($0))" as SQL }.joined(separator: ", ")
        let outer: SQL = "SELECT \(0.5) WHERE \(middle) AND n IN (\(many)) AND \(inner) AND \(9) = 9"
        #expect(
            text(outer) == "SELECT $1 WHERE (x = $2 AND y = $3 OR z = $4) AND n IN ($5, $6, $7, $8, $9, $10, $11, "
                + "$12, $13, $14) AND x = $15 AND y = $16 AND $17 = 9")
        let values = outer.parameters.map { Array(outer.values[$0.start..<($0.start + ($0.length ?? 0))]) }
        #expect(values[2] == Array("b".utf8))
        #expect(values[3] == [1])
        #expect(values[13] == [0, 0, 0, 9])
        #expect(values[15] == Array("b".utf8))
        #expect(values[16] == [0, 0, 0, 0, 0, 0, 0, 9])
        #expect(outer.types.count == 17)
    }

    @Test("A dollar in the text is no parameter, and a nested statement that has one is left as it is")
    func dollars() {
        let inner: SQL = "'costs $1' || \("x")"
        let outer: SQL = "SELECT \(1), \(inner)"
        #expect(text(outer) == "SELECT $1, 'costs $1' || $2")
    }

    @Test("A statement is used by name only after the server has confirmed it")
    func preparing() {
        var statements = PreparedStatements(limit: 2)
        let key = PreparedStatements.Key("SELECT 1")
        guard case .preparing(let name) = statements.use(key) else {
            Issue.record("the first use prepares")
            return
        }
        #expect(statements.use(key) == .unnamed)
        statements.confirm(key)
        #expect(statements.use(key) == .named(name))
    }

    @Test("A refused PREPARE is forgotten, and the next use takes a new name")
    func refusedPreparing() {
        var statements = PreparedStatements(limit: 2)
        let key = PreparedStatements.Key("SELECT nonsense")
        let first = statements.use(key)
        statements.forget(key)
        let second = statements.use(key)
        #expect(first != second)
        guard case .preparing = second else {
            Issue.record("the next use prepares again")
            return
        }
        #expect(statements.discarded.isEmpty)
    }

    @Test("The statement that was not used for longest makes room, and what is unconfirmed stays")
    func eviction() {
        var statements = PreparedStatements(limit: 2)
        let keys = (0..<3).map { PreparedStatements.Key(["SELECT 0", "SELECT 1", "SELECT 2"][$0] as SQL) }
        _ = statements.use(keys[0])
        _ = statements.use(keys[1])
        #expect(statements.use(keys[2]) == .unnamed)
        statements.confirm(keys[0])
        statements.confirm(keys[1])
        _ = statements.use(keys[0])
        _ = statements.use(keys[2])
        #expect(statements.takeDiscarded().count == 1)
        #expect(statements.count == 2)
        guard case .named = statements.use(keys[0]) else {
            Issue.record("the one used last stays")
            return
        }
    }

    @Test("The same text with other types is another statement")
    func typesMatter() {
        let number: SQL = "SELECT \(1)"
        let text: SQL = "SELECT \("1")"
        #expect(PreparedStatements.Key(number) != PreparedStatements.Key(text))
        #expect(PreparedStatements.Key(number) == PreparedStatements.Key("SELECT \(2)"))
    }

    @Test("A queue gives back what was put in, in order, however it is filled and emptied")
    func queue() {
        var queue = FIFO<Int>()
        var put = 0
        var taken = 0
        for round in 0..<1000 {
            for _ in 0..<(round % 7) {
                queue.append(put)
                put += 1
            }
            for _ in 0..<(round % 5) where !queue.isEmpty {
                #expect(queue.first == taken)
                #expect(queue.popFirst() == taken)
                taken += 1
            }
            #expect(queue.count == put - taken)
            if !queue.isEmpty { #expect(queue[queue.count - 1] == put - 1) }
        }
        #expect(queue.removeAll() == Array(taken..<put))
        #expect(queue.popFirst() == nil)
    }

    @Test("Pauses stay under a ceiling that doubles up to its limit")
    func backoff() {
        for _ in 0..<200 {
            var backoff = Backoff(first: .milliseconds(200), limit: .seconds(15))
            for failures in 0..<12 {
                let pause = backoff.next()
                #expect(pause >= .zero)
                #expect(pause <= min(.seconds(15), .milliseconds(200 << failures)))
            }
        }
    }

    @Test("An array whose count lies is refused rather than believed")
    func lyingArray() {
        var writer = ValueWriter()
        for number in [1, 0, 20, Int32.max, 1] as [Int32] { writer.append(number) }
        writer.bytes.withUnsafeBytes { bytes in
            let cell = Cell(type: 1016, bytes: bytes) { "column 1" }
            #expect(throws: DatabaseError.self) { try [Int64].read(cell) }
        }
    }

    @Test("Errors are told apart by SQLSTATE; only passing ones may be retried")
    func codes() {
        let cases: [(String, DatabaseError.Code, Bool)] = [
            ("23505", .uniqueViolation, false), ("40001", .serializationFailure, true), ("40P01", .deadlock, true),
            ("55P03", .lockTimeout, true), ("57P01", .connectionLost, true), ("53300", .statement, true),
            ("42601", .statement, false), ("22012", .statement, false), ("25P02", .transactionAborted, false),
        ]
        for (state, code, isRetriable) in cases {
            let error = DatabaseError(sqlState: state, constraint: nil, message: "")
            #expect(error.code == code)
            #expect(error.isRetriable == isRetriable)
        }
    }
}
