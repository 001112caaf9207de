import GatewayCore
import Kit
import Testing

@Suite("Rules of requests")
struct RequestRulesTests {
    @Test("a cursor is read as it was given, and nothing else is a cursor")
    func cursors() {
        for id in [ID.zero, ID.new(), ID(high: .max, low: .max)] {
            let cursor = Cursor(id: id)
            #expect(Cursor(cursor.description) == cursor && Cursor(cursor.description)?.id == id)
        }
        let id = "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"
        #expect(Cursor("c\(id)") != nil)
        for text in ["", "c", id, "C\(id)", "d\(id)", "cc\(id)", "c\(id) ", " c\(id)", "c\(id.dropLast())", "c0", "💩"] {
            #expect(Cursor(text) == nil, "\(text)")
        }
    }

    @Test(
        "a caller may be ready to wait up to a minute",
        arguments: [
            ("wait=1", 1), ("wait=60", 60), ("Wait = 15", 15), ("respond-async, wait=10", 10), ("wait=5; x=y", 5),
            ("\twait=007\t", 7), ("wait=3, wait=x", 3),
        ])
    func wait(_ header: String, _ seconds: Int) throws {
        #expect(try Preference.wait(header) == .seconds(seconds))
    }

    @Test(
        "other preferences are passed over, and no time is no wait",
        arguments: [
            nil, "", "wait=0", "wait=00", "respond-async", "return=minimal", "waiting=5", ",,", "=5", "; wait=5",
        ])
    func noWait(_ header: String?) throws {
        #expect(try Preference.wait(header) == nil)
    }

    @Test(
        "a wait that cannot be read is refused by the name of the header",
        arguments: [
            "wait", "wait=", "wait=61", "wait=-1", "wait=1.5", "wait=x", "wait=99999999999999999999", "wait=+5",
            "wait= ",
            "respond-async, wait=", "wait=5s", "wait==5", "wait=５",
        ])
    func illFormed(_ header: String) {
        let problem = #expect(throws: Problem.self) { try Preference.wait(header) }
        #expect(problem?.code == .validationFailed && problem?.fields.map(\.field) == ["headers.Prefer"])
    }

    @Test("services are called as they write themselves, or by their slug with a capital letter")
    func serviceNames() {
        #expect(ServiceNames.name(of: "telegram") == "Telegram")
        #expect(ServiceNames.name(of: "whatsapp") == "WhatsApp")
        #expect(ServiceNames.name(of: "twitter") == "X (Twitter)")
        #expect(ServiceNames.name(of: "other") == "Any other")
        #expect(ServiceNames.name(of: "888casino") == "888casino")
        #expect(ServiceNames.name(of: "a") == "A")
        #expect(ServiceNames.name(of: "") == "")
    }
}
