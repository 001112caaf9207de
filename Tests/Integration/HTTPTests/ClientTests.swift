import CLinux
import Glibc
import HTTPClient
import Kit
import Runtime
import TestSupport
import Testing

@Suite struct ClientTests {
    let client = HTTPClient()

    private func failure(_ request: ClientRequest, of client: HTTPClient? = nil) async -> HTTPClientError? {
        do throws(HTTPClientError) {
            _ = try await (client ?? self.client).send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("A request arrives with its method, headers and body, and the answer comes back whole")
    func roundTrip() async throws {
        let peer = try RawPeer { _, _ in .write(answer("201 Created", "hello", headers: "X-Name:  some value \r\n"))
        }
        defer { peer.close() }
        let response = try await client.send(
            ClientRequest(
                .post, peer.url + "/a?b=c", headers: [("X-One", "1"), ("X-Empty", "")], body: Array("body".utf8)))
        #expect(response.status == 201)
        #expect(response.text == "hello")
        #expect(response.header("x-NAME") == "some value")
        #expect(response.timing.total > .zero)
        let request = try #require(peer.requests.first)
        #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
        #expect(request.contains("\r\nX-One: 1\r\n"))
        #expect(request.contains("\r\nX-Empty:\r\n"))
        #expect(request.contains("\r\nUser-Agent: Namaskah/1.0\r\n"))
        #expect(request.hasSuffix("\r\n\r\nbody"))
        #expect(!request.contains("Content-Type"))
        #expect(!request.contains("Expect"))
    }

    @Test("Every method goes out under its own name, with a body and without", arguments: ClientRequest.Method.allCases)
    func methods(method: ClientRequest.Method) async throws {
        let peer = try RawPeer { _, request in
            .write(request.hasPrefix("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : answer("200 OK"))
        }
        defer { peer.close() }
        _ = try await client.send(ClientRequest(method, peer.url + "/x", freshConnection: true))
        #expect(peer.requests.last?.hasPrefix("\(method.rawValue) /x ") == true)
        guard method != .head else { return }
        _ = try await client.send(ClientRequest(method, peer.url + "/x", body: Array("{}".utf8), freshConnection: true))
        #expect(peer.requests.last?.hasPrefix("\(method.rawValue) /x ") == true)
        #expect(peer.requests.last?.hasSuffix("\r\n\r\n{}") == true)
    }

    @Test("Reads share a connection, purchases never do")
    func pooling() async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK")) }
        defer { peer.close() }
        for _ in 0..<5 { _ = try await client.send(ClientRequest(.get, peer.url)) }
        #expect(peer.connections == 1)
        for _ in 0..<3 { _ = try await client.send(ClientRequest(.get, peer.url, freshConnection: true)) }
        #expect(peer.connections == 4)
        _ = try await client.send(ClientRequest(.get, peer.url))
        #expect(peer.connections == 4)
    }

    @Test("A fresh request whose connection dies is sent once and never repeated", arguments: [true, false])
    func noHiddenRepeat(reset: Bool) async throws {
        let peer = try RawPeer { number, request in
            if request.hasPrefix("GET /buy") { return reset ? .reset : .writeAndClose("") }
            return .write(answer("200 OK"))
        }
        defer { peer.close() }
        // A connection that could be reused is there.
        _ = try await client.send(ClientRequest(.get, peer.url + "/warm"))
        let error = await failure(ClientRequest(.get, peer.url + "/buy", freshConnection: true))
        #expect(error?.code == .connectionLost)
        #expect(error?.wasCertainlyNotSent == false)
        #expect(peer.requests.count { $0.hasPrefix("GET /buy") } == 1)
    }

    @Test("Without a fresh connection libcurl does repeat: the reason for the rule still holds")
    func hiddenRepeat() async throws {
        let peer = try RawPeer { number, _ in number == 2 ? .writeAndClose("") : .write(answer("200 OK")) }
        defer { peer.close() }
        _ = try await client.send(ClientRequest(.get, peer.url))
        let response = try await client.send(ClientRequest(.get, peer.url + "/again"))
        #expect(response.status == 200)
        #expect(peer.requests.count { $0.hasPrefix("GET /again") } == 2)
    }

    @Test("Methods that are not safe get a fresh connection unasked")
    func freshByDefault() {
        #expect(ClientRequest(.get, "").freshConnection == false)
        #expect(ClientRequest(.post, "").freshConnection)
        #expect(ClientRequest(.delete, "").freshConnection)
    }

    @Test("A port nobody listens on, and a name nobody has, were certainly not sent to")
    func couldNotConnect() async throws {
        // Port 1 (tcpmux) is nobody's on the machines we run on.
        let error = await failure(ClientRequest(.get, "http://127.0.0.1:1/"))
        #expect(error?.code == .couldNotConnect)
        #expect(error?.wasCertainlyNotSent == true)
        #expect(error?.isRetriable == true)
        let unknown = await failure(ClientRequest(.get, "http://nobody.invalid/"))
        #expect(unknown?.code == .couldNotConnect || unknown?.code == .timeoutBeforeSending)
        #expect(unknown?.wasCertainlyNotSent == true)
    }

    @Test("Silence ends at the deadline and may have been acted on")
    func silence() async throws {
        let peer = try RawPeer { _, _ in .silence }
        defer { peer.close() }
        let begin = ContinuousClock.now
        let error = await failure(ClientRequest(.get, peer.url, deadline: .milliseconds(200), freshConnection: true))
        #expect(error?.code == .timeoutAfterSending)
        #expect(error?.wasCertainlyNotSent == false)
        #expect(ContinuousClock.now - begin < .seconds(30))
    }

    @Test("A handshake that gets no answer times out before anything of the request was sent")
    func silentHandshake() async throws {
        // The peer waits for the end of a head, which a TLS greeting has not.
        let peer = try RawPeer { _, _ in .silence }
        defer { peer.close() }
        let url = "https://127.0.0.1:\(peer.port)/"
        let error = await failure(ClientRequest(.get, url, deadline: .seconds(5), connectDeadline: .milliseconds(150)))
        #expect(error?.code == .timeoutBeforeSending)
        #expect(error?.wasCertainlyNotSent == true)
    }

    @Test("A peer that does not speak TLS is a TLS error, and nothing was sent")
    func tls() async throws {
        let peer = try RawPeer(greeting: "HTTP/1.1 400 Bad Request\r\n\r\n") { _, _ in .silence }
        defer { peer.close() }
        let error = await failure(ClientRequest(.get, "https://127.0.0.1:\(peer.port)/"))
        #expect(error?.code == .tls)
        #expect(error?.wasCertainlyNotSent == true)
    }

    @Test("Half an answer is no answer")
    func halfAnswer() async throws {
        let peer = try RawPeer { _, request in
            request.contains("/head")
                ? .writeAndClose("HTTP/1.1 200 OK\r\nContent-Le")
                : .writeAndClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        }
        defer { peer.close() }
        for path in ["/head", "/body"] {
            let error = await failure(ClientRequest(.get, peer.url + path, freshConnection: true))
            #expect(error?.code == .connectionLost, "\(path)")
            #expect(error?.wasCertainlyNotSent == false)
        }
    }

    @Test("An answer that is not HTTP is malformed")
    func garbage() async throws {
        let peer = try RawPeer { _, _ in .writeAndClose("hello, who is there?\r\n\r\n") }
        defer { peer.close() }
        let error = await failure(ClientRequest(.get, peer.url, freshConnection: true))
        #expect(error?.code == .malformedAnswer)
        #expect(error?.wasCertainlyNotSent == false)
    }

    @Test("A body or a head over the limit is cut off; one at the limit is taken")
    func tooLarge() async throws {
        let peer = try RawPeer { _, request in
            request.contains("/head")
                ? .write(answer("200 OK", headers: "X-Long: \(String(repeating: "x", count: 2000))\r\n"))
                : .write(answer("200 OK", String(repeating: "x", count: 1000)))
        }
        defer { peer.close() }
        let small = HTTPClient(.init(maximumHead: 1000))
        #expect(try await client.send(ClientRequest(.get, peer.url, maximumBody: 1000)).body.count == 1000)
        #expect(await failure(ClientRequest(.get, peer.url, maximumBody: 999))?.code == .tooLarge)
        #expect(await failure(ClientRequest(.get, peer.url + "/head"), of: small)?.code == .tooLarge)
        #expect(try await client.send(ClientRequest(.get, peer.url + "/head")).status == 200)
    }

    @Test("A redirect is an answer, not an order")
    func redirect() async throws {
        let peer = try RawPeer { _, _ in .write(answer("302 Found", headers: "Location: /elsewhere\r\n")) }
        defer { peer.close() }
        #expect(try await client.send(ClientRequest(.get, peer.url)).status == 302)
        #expect(peer.requests.count == 1)
    }

    @Test("Interim answers are skipped, their headers too")
    func interim() async throws {
        let peer = try RawPeer { _, _ in
            .write("HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n" + answer("200 OK", "x", headers: "X-Real: 1\r\n"))
        }
        defer { peer.close() }
        let response = try await client.send(ClientRequest(.get, peer.url))
        #expect(response.status == 200)
        #expect(response.header("X-Hint") == nil)
        #expect(response.header("X-Real") == "1")
    }

    @Test("Cancelling a task ends its transfer at once, and says that the request may have arrived")
    func cancellation() async throws {
        let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
        let peer = try RawPeer { _, _ in
            signal.yield()
            return .silence
        }
        defer { peer.close() }
        let begin = ContinuousClock.now
        let task = Task { await failure(ClientRequest(.get, peer.url, deadline: .seconds(60))) }
        for await _ in arrived { break }
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.wasCertainlyNotSent == false)
        #expect(ContinuousClock.now - begin < .seconds(30))

        let early = Task { () -> HTTPClientError? in
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(ClientRequest(.get, peer.url))
        }
        let earlyError = await early.value
        #expect(earlyError?.code == .cancelled)
        #expect(earlyError?.wasCertainlyNotSent == true)
    }

    @Test(
        "What cannot be sent is refused before anything happens",
        arguments: [
            ("ftp://127.0.0.1/", "X", "y"), ("file:///etc/passwd", "X", "y"), ("http://127.0.0.1/a b", "X", "y"),
            ("http://127.0.0.1/\r\nX: y", "X", "y"), ("http://127.0.0.1/", "X", "a\r\nY: z"),
            ("http://127.0.0.1/", "X Y", "z"), ("http://127.0.0.1/", "", "z"), ("http://:99999/", "X", "y"),
        ])
    func invalidRequests(url: String, name: String, value: String) async {
        let error = await failure(ClientRequest(.get, url, headers: [(name, value)]))
        #expect(error?.code == .invalidRequest)
        #expect(error?.wasCertainlyNotSent == true)
    }

    @Test("A proxy named in the environment is not used")
    func noProxy() async throws {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
            let peer = try RawPeer { _, _ in .write(answer("200 OK")) }
            let response = try await HTTPClient().send(ClientRequest(.get, peer.url))
            precondition(response.status == 200, "the peer was not reached")
        }
    }

    @Test("More requests than connections to one host wait their turn, and time out there unsent")
    func perHostLimit() async throws {
        let peer = try RawPeer { _, request in
            request.contains("/silence") ? .silence : .write(answer("200 OK"))
        }
        defer { peer.close() }
        let narrow = HTTPClient(.init(connectionsPerHost: 1))
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 {
                group.addTask { try? await narrow.send(ClientRequest(.get, peer.url)).status }
            }
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 20))
        #expect(peer.connections == 1)

        let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
        let blocking = try RawPeer { _, _ in
            signal.yield()
            return .silence
        }
        defer { blocking.close() }
        let first = Task { await failure(ClientRequest(.get, blocking.url, deadline: .seconds(60)), of: narrow) }
        for await _ in arrived { break }
        let begin = ContinuousClock.now
        let error = await failure(ClientRequest(.get, blocking.url, deadline: .milliseconds(200)), of: narrow)
        #expect(error?.code == .timeoutBeforeSending)
        #expect(error?.wasCertainlyNotSent == true)
        #expect(ContinuousClock.now - begin < .seconds(10))
        first.cancel()
        _ = await first.value
    }

    @Test("A client with enough in hand refuses more, and one that was shut down refuses all")
    func limits() async throws {
        let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
        let peer = try RawPeer { _, _ in
            signal.yield()
            return .silence
        }
        defer { peer.close() }
        let narrow = HTTPClient(.init(maximumInFlight: 1))
        let first = Task { await failure(ClientRequest(.get, peer.url, deadline: .seconds(60)), of: narrow) }
        for await _ in arrived { break }
        let overloaded = await failure(ClientRequest(.get, peer.url), of: narrow)
        #expect(overloaded?.code == .overloaded)
        #expect(overloaded?.wasCertainlyNotSent == true)
        narrow.shutdown()
        let ended = await first.value
        #expect(ended?.code == .closed)
        #expect(ended?.wasCertainlyNotSent == false)
        #expect(await failure(ClientRequest(.get, peer.url), of: narrow)?.code == .closed)
    }

    @Test("A thousand requests at once are all answered, each with its own answer")
    func many() async throws {
        let peer = try RawPeer { _, request in
            .write(answer("200 OK", String(request.split(separator: " ")[1])))
        }
        defer { peer.close() }
        let client = client
        let right = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<1000 {
                group.addTask {
                    (try? await client.send(ClientRequest(.get, "\(peer.url)/\(index)")).text) == "/\(index)"
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 1000)
        #expect(peer.connections <= 64)
    }
}
