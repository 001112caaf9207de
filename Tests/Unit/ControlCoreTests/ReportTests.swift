import Contracts
import Glibc
import JSON
import Kit
import Testing

@testable import ControlCore

@Suite("What namaskahctl prints")
struct ReportTests {
    private static func id(_ number: UInt64) -> ID {
        ID(high: 0x0192_F5C0_7C3E_7A10, low: 0x8A55_3F1F_6C0E_0000 | number)
    }

    // MARK: The ledger's journal

    private static let at = Timestamp("2026-02-03T10:35:11.482113Z") ?? .now

    private static func postings() -> [Posting] {
        func posting(_ transfer: UInt64, _ kind: String, _ account: String, _ micro: Int64) -> Posting {
            Posting(
                at: at, transfer: id(transfer), kind: kind, order: transfer == 1 ? nil : id(9),
                reference: transfer == 1 ? "a note; with, commas\nand a line" : nil, account: account,
                amount: Money(micro: micro))
        }
        return [
            posting(1, "top_up", "assets:customers' payments", 25_000_000),
            posting(1, "top_up", "liabilities:customers:\(id(5)):available", -25_000_000),
            posting(2, "hold", "liabilities:customers:\(id(5)):available", 750_001),
            posting(2, "hold", "liabilities:customers:\(id(5)):held", -750_001),
            posting(3, "capture", "liabilities:customers:\(id(5)):held", 750_001),
            posting(3, "capture", "income:verifications", -750_001),
            posting(4, "charge", "expenses:providers:5sim", 178_900),
            posting(4, "charge", "assets:providers:5sim", -178_900),
        ]
    }

    @Test("postings of one transfer stand under one title, whatever the pieces they come in")
    func journal() {
        var journal = HledgerJournal()
        let whole = journal.lines(of: Self.postings())
        var pieces = HledgerJournal()
        #expect(Self.postings().map { pieces.lines(of: [$0]) }.joined() == whole)
        #expect(
            whole.hasPrefix(
                """

                2026-02-03 * (\(Self.id(1))) top_up  ; time:10:35:11.482113Z, reference:a note  with  commas\u{FFFD}and a line
                    assets:customers' payments  25.000000 USD
                    liabilities:customers:\(Self.id(5)):available  -25.000000 USD

                2026-02-03 * (\(Self.id(2))) hold  ; time:10:35:11.482113Z, order:\(Self.id(9))
                """))
        #expect(whole.contains("0.750001 USD") && whole.contains("-0.178900 USD"))
        #expect(journal.lines(of: []) == "")
    }

    @Test(
        "hledger reads the journal, finds it balanced and comes to the same sums",
        .enabled(if: access("/usr/bin/hledger", X_OK) == 0))
    func hledger() throws {
        var journal = HledgerJournal()
        let text = HledgerJournal.head + journal.lines(of: Self.postings())
        var name = Array("/tmp/namaskah-journal-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        try #require(descriptor >= 0)
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let written = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        #expect(written == text.utf8.count)

        func run(_ command: String) throws -> (status: Int32, output: String) {
            let pipe = try #require(popen("LANG=C.UTF-8 hledger -f \(path) \(command) 2>&1", "r"))
            var output: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 { output += chunk[..<count] }
            return (pclose(pipe), String(decoding: output, as: UTF8.self))
        }
        let check = try run("check")
        #expect(check.status == 0, "\(check.output)")
        let balance = try run("balance --flat -N -O csv")
        #expect(balance.status == 0)
        for line in [
            "\"assets:customers' payments\",\"25.000000 USD\"", "\"assets:providers:5sim\",\"-0.178900 USD\"",
            "\"income:verifications\",\"-0.750001 USD\"",
            "\"liabilities:customers:\(Self.id(5)):available\",\"-24.249999 USD\"",
        ] { #expect(balance.output.contains(line), "\(balance.output)") }
        #expect(try run("register tag:order=\(Self.id(9)) -O csv").output.split(separator: "\n").count == 7)
    }

    // MARK: Queues

    private func queue(
        _ name: String, type: String = "quorum", ready: Int64 = 0, unacknowledged: Int64 = 0, consumers: Int64 = 0
    ) throws -> QueueLine {
        try #require(
            QueueLine([
                "name": .string(name), "type": .string(type), "messages_ready": .integer(ready),
                "messages_unacknowledged": .integer(unacknowledged), "consumers": .integer(consumers),
                "message_stats": ["ack_details": ["rate": 12.34]], "messages_details": ["rate": -0.06],
            ]))
    }

    @Test(
        "a queue's name says what it is for",
        arguments: [
            ("billing.commands", "quorum", QueueLine.Purpose.work), ("gateway.events", "quorum", .work),
            ("namaskah.retry.5s", "quorum", .retry), ("park.billing", "quorum", .park),
            ("tenant.0192.result", "quorum", .tenant), ("gateway.push.17", "classic", .push),
            ("namaskah.log", "stream", .log), ("something", "classic", .other),
        ])
    func purposes(_ name: String, _ type: String, _ purpose: QueueLine.Purpose) throws {
        #expect(try queue(name, type: type).purpose == purpose)
    }

    @Test("queues that nobody takes from, and parked messages, are warned of; what waits by design is not")
    func warnings() throws {
        #expect(try queue("billing.commands").warnings == ["nobody takes from billing.commands"])
        #expect(
            try queue("billing.commands", ready: 3).warnings == ["nobody takes from billing.commands, where 3 wait"])
        #expect(try queue("billing.commands", ready: 3, consumers: 1).warnings == [])
        for name in ["namaskah.retry.5s", "tenant.x.result"] { #expect(try queue(name, ready: 9).warnings == []) }
        #expect(
            try queue("park.billing", ready: 1, unacknowledged: 1, consumers: 1).warnings == [
                "park.billing holds 2 that a person should look at: parked list"
            ])
        #expect(try queue("park.billing", ready: 1).warnings.count == 2)
    }

    @Test("a line of the management API is read with what it leaves out, and is shown in a table and as JSON")
    func queueLines() throws {
        #expect(QueueLine(["vhost": "/"]) == nil)
        let bare = try #require(QueueLine(["name": "x", "arguments": ["x-queue-type": "stream"]]))
        #expect(bare.type == "stream" && bare.ready == 0 && bare.rate == nil)
        #expect(try #require(QueueLine(["name": "x"])).type == "classic")
        let full = try queue("billing.commands", ready: 1234, unacknowledged: 5, consumers: 2)
        #expect(
            QueueLine.table([full, bare]) == """
                QUEUE             KIND    FOR   READY  UNACKED  CONSUMERS  RATE/S  GROWTH/S
                billing.commands  quorum  work   1234        5          2    12.3      -0.1
                x                 stream  log       0        0          0       -         -

                """)
        #expect(full.json["ready"] == 1234 && full.json["rate"] == 12.34 && full.json["warnings"] == [])
        #expect(bare.json["rate"] == .null && bare.json["growth"] == .null && bare.json["purpose"] == "log")
    }

    @Test("cells are aligned by characters and cleaned of what would steer a terminal")
    func tables() {
        var table = TextTable([("A", .left), ("B", .right)])
        table.add(["é", "1"])
        table.add(["\u{1B}[31m", "12345"])
        #expect(table.text == "A          B\né          1\n\u{FFFD}[31m  12345\n")
        #expect(TextTable.printable("a\nb\u{7}") == "a\u{FFFD}b\u{FFFD}")
    }

    // MARK: Another company's access

    private let granted = PublisherAccess(
        account: Self.id(1), user: "tenant.\(Self.id(1))", queue: "tenant.\(Self.id(1)).result", vhost: "nama/skah")

    @Test("access is the result queue, then a user who may write his own key and read his own queue, and nothing else")
    func grant() throws {
        let steps = granted.grant(password: "pass word", connections: 2, channels: 3)
        let id = Self.id(1)
        #expect(
            steps.map { "\($0.method.rawValue) \($0.path)" } == [
                "put queues/nama%2Fskah/tenant.\(id).result",
                "post bindings/nama%2Fskah/e/namaskah.tenant/q/tenant.\(id).result",
                "put users/tenant.\(id)", "put user-limits/tenant.\(id)/max-connections",
                "put user-limits/tenant.\(id)/max-channels", "put topic-permissions/nama%2Fskah/tenant.\(id)",
                "put permissions/nama%2Fskah/tenant.\(id)",
            ])
        #expect(steps[1].body?["routing_key"] == .string("tenant.\(id).result"))
        #expect(steps[2].body == ["password": "pass word", "tags": ""])
        #expect(steps[3].body == ["value": 2] && steps[4].body == ["value": 3])
        #expect(
            steps[5].body == ["exchange": "namaskah.ingress", "write": .string("^req\\.\(id)\\."), "read": "^$"])
        #expect(
            steps[6].body == [
                "configure": "^$", "write": "^namaskah\\.ingress$", "read": .string("^tenant\\.\(id)\\.result$"),
            ])
        #expect(steps.allSatisfy { !$0.purpose.isEmpty && !$0.purpose.contains("pass word") })
    }

    @Test("access is taken away with the user, and with the results unless they are to stay")
    func revoke() {
        #expect(granted.revoke(keepsQueue: true).map(\.path) == ["users/tenant.\(Self.id(1))"])
        #expect(
            granted.revoke(keepsQueue: false).map(\.path) == [
                "users/tenant.\(Self.id(1))", "queues/nama%2Fskah/tenant.\(Self.id(1)).result",
            ])
        #expect(granted.revoke(keepsQueue: false).allSatisfy { $0.method == .delete && $0.body == nil })
    }

    @Test("a name is one segment of a path, whatever is in it")
    func segments() {
        #expect(PublisherAccess.segment("a-b.c_d~9") == "a-b.c_d~9")
        #expect(PublisherAccess.segment("/ ?%#\t") == "%2F%20%3F%25%23%09")
        #expect(PublisherAccess.segment("ü") == "%C3%BC")
    }

    // MARK: Files and texts

    @Test("settings are read as a shell would, except that nothing is expanded")
    func environmentFile() {
        let text = """
            # a comment
            PLAIN=value
              export SPACED=value # with a comment
            QUOTED="a \\"b\\" $HOME \\\\ \\n" rest
            SINGLE='a \\ "b"'
            OPEN="never closed
            EMPTY=
            TWICE=1
            TWICE=2
            URL=postgres://u:p@h/d?x=1
            9BAD=1
            BAD-NAME=1
            =nothing
            no equals sign
            """
        #expect(
            EnvironmentFile.settings(in: text) == [
                "PLAIN": "value", "SPACED": "value", "QUOTED": "a \"b\" $HOME \\ \\n", "SINGLE": "a \\ \"b\"",
                "OPEN": "never closed", "EMPTY": "", "TWICE": "2", "URL": "postgres://u:p@h/d?x=1",
            ])
        #expect(EnvironmentFile.settings(in: "") == [:])
        #expect(EnvironmentFile.settings(in: "A=1\r\nB=2\r\n") == ["A": "1", "B": "2"])
    }

    @Test("a line of texts stands for a text in which \\n breaks the line")
    func codeLines() {
        #expect(CodeLine.text(of: "a\\nb\\\\t\\") == "a\nb\\\\t\\")
        #expect(CodeLine.code(in: "Your code is\\n481 520", isVoice: false) == "481520")
        #expect(CodeLine.code(in: "nothing here", isVoice: false) == nil)
        #expect(CodeLine.code(in: "Your code is four eight one five two zero", isVoice: true) == "481520")
    }

    @Test("a refusal of the API is told with its fields, when to come again, and the trace of our own failures")
    func problems() {
        let body: JSON = [
            "error_code": "VALIDATION_FAILED", "message": "The request is not valid.",
            "details": [
                "fields": [
                    ["field": "country", "message": "is required"], ["field": "", "message": "is not JSON"], ["no": 1],
                ],
                "retry_after_seconds": 7,
            ], "trace_id": "4bf9",
        ]
        #expect(
            ProblemText.lines(status: 400, body: body.bytes) == [
                "The request is not valid. (VALIDATION_FAILED)", "  country: is required", "  the body: is not JSON",
                "  try again in 7 s",
            ])
        #expect(ProblemText.lines(status: 500, body: body.bytes).last == "  trace id: 4bf9")
        #expect(
            ProblemText.lines(status: 409, body: Array(#"{"error_code":"X","title":"T\u0007"}"#.utf8)) == [
                "T\u{FFFD} (X)"
            ])
        #expect(ProblemText.lines(status: 409, body: Array(#"{"error_code":"X"}"#.utf8)) == ["refused (X)"])
        #expect(
            ProblemText.lines(status: 502, body: Array("<html>".utf8)) == [
                "the server answered with status 502, and not as Namaskah does"
            ])
    }

    // MARK: A verification that is watched

    private func body(_ change: (inout VerificationBody) -> Void = { _ in }) -> VerificationBody {
        var body = VerificationBody()
        body.verificationID = Self.id(1)
        body.price = Money(micro: 750_000)
        change(&body)
        return body
    }

    @Test("what is waited for is told, and for how long still")
    func watching() {
        let start = Self.at
        var watched = WatchedVerification(body())
        #expect(watched.progress(now: start + .seconds(8), since: start) == "0:08  waiting for a number")
        #expect(watched.outcome == "number  -\ncode    -\ncost    -\n")
        watched.update(
            body {
                $0.status = Open(.waitingSMS)
                $0.phoneNumber = "+447700900123"
                $0.provider = "5sim"
                $0.expiresAt = start + .seconds(600)
            })
        let now = start + .seconds(65)
        #expect(watched.progress(now: now, since: start) == "1:05  +447700900123  waiting for the code, 8:55 left")
        watched.update([message("Hello", nil)])
        #expect(watched.progress(now: now, since: start).contains("a message without a code came"))
        #expect(watched.progress(now: start + .seconds(700), since: start).contains("left") == false)
        #expect(!watched.isOver && watched.code == nil && watched.text == "Hello")
        watched.update([message("Hello", nil), message("Code 48152", "48152")])
        #expect(watched.code == "48152" && watched.text == "Code 48152")
        // The first code is the one that counts.
        watched.update([message("Code 1", "1")])
        #expect(watched.code == "48152")
        #expect(watched.outcome == "number  +447700900123\ncode    48152\ncost    0.7500 USD\n")
        // A later state that no longer names the number does not make it unknown.
        watched.update(body { $0.status = Open(.completed) })
        #expect(watched.isOver && watched.phoneNumber == "+447700900123")
        #expect(watched.progress(now: now, since: start) == "1:05  completed")
        #expect(
            WatchedVerification.clock(.seconds(-5)) == "0:00" && WatchedVerification.clock(.seconds(3700)) == "61:40")
    }

    private func message(_ text: String, _ code: String?) -> MessageBody {
        var message = MessageBody()
        message.text = text
        message.code = code
        return message
    }

    private func movement(_ kind: TransactionBody.Kind, _ micro: Int64, of verification: ID? = Self.id(1))
        -> TransactionBody
    {
        var movement = TransactionBody()
        movement.kind = Open(kind)
        movement.amount = Money(micro: micro)
        movement.verificationID = verification
        return movement
    }

    @Test("what it cost is what was captured; nothing when the hold was released; unknown until then")
    func cost() {
        var watched = WatchedVerification(body())
        watched.update([movement(.hold, 750_000), movement(.capture, 9, of: Self.id(2)), movement(.topUp, 5, of: nil)])
        #expect(watched.charged == nil && watched.json["charged"] == .null)
        watched.update([movement(.hold, 750_000), movement(.release, 750_000)])
        #expect(watched.charged == .zero && watched.outcome.hasSuffix("cost    0.0000 USD\n"))
        watched.update([movement(.capture, 700_000), movement(.release, 50_000)])
        #expect(watched.charged == Money(micro: 700_000))
        #expect(watched.json["charged"] == ["amount": "0.7000", "currency": "USD"])
        #expect(
            watched.json["verification_id"] == .string(Self.id(1).description) && watched.json["status"] == "pending")
    }
}
