import HTTPClient
import JSON
import Kit
@testable import Providers
import Security
import Testing

/// Every oddity of TextVerified's JSON that is known.
@Suite struct TextVerifiedReaderTests {
    private static let verification = """
        {"id":"lr_01J","number":"2223334444","serviceName":"yahoo","state":"verificationPending","totalCost":0.95,
        "createdAt":"2026-01-02T03:04:05+00:00","endsAt":"2026-01-02T03:14:05+00:00",
        "sms":{"method":"GET","href":"x"},"calls":null,"cancel":{"canCancel":true,"link":{}}}
        """

    private func json(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

    @Test("A verification is an order")
    func order() throws {
        let order = try #require(TextVerifiedReader.order(try json(Self.verification)))
        #expect(order.ref == "lr_01J" && order.phone?.text == "+12223334444" && order.product == "yahoo")
        #expect(order.price == Money("0.95") && order.status == .received && order.country == "usa")
        #expect(order.expires == Timestamp("2026-01-02T03:14:05Z"))
        #expect(TextVerifiedReader.order(["number": "2223334444"]) == nil)
    }

    @Test("The words of states, in any case")
    func states() {
        func status(_ word: String, hasNumber: Bool = true) -> ProviderOrder.Status {
            TextVerifiedReader.status(.string(word), hasNumber: hasNumber)
        }
        #expect(status("verificationPending") == .received)
        #expect(status("VerificationPending", hasNumber: false) == .pending)
        for word in ["verificationCompleted", "VERIFICATIONREUSED", "verificationReactivated", "renewableExpired"] {
            #expect(status(word) == .finished)
        }
        #expect(status("verificationCanceled") == .cancelled)
        #expect(status("verificationTimedOut") == .timeout)
        #expect(status("verificationRefunded").isRefunded && status("nonrenewableRefunded").isRefunded)
        for word in ["renewableActive", "nonrenewableActive", "renewableOverdue"] { #expect(status(word) == .received) }
        // A claim is neither settled nor refunded.
        #expect(status("verificationReported") == .unknown("verificationReported"))
        #expect(!status("verificationReported").isRefunded && !status("verificationReported").isTerminal)
        #expect(status("somethingNew") == .unknown("somethingNew"))
        #expect(TextVerifiedReader.status(nil, hasNumber: true) == .unknown(""))
    }

    @Test("Numbers of ten digits belong to the United States")
    func phones() {
        func phone(_ text: String) -> String? { TextVerifiedReader.phone(.string(text))?.text }
        #expect(phone("2223334444") == "+12223334444")
        #expect(phone("12223334444") == "+12223334444")
        #expect(phone("+1 (222) 333-4444") == "+12223334444")
        #expect(phone("223334444") == nil && phone("22233344445") == nil && phone("") == nil)
        #expect(TextVerifiedReader.phone(.null) == nil)
    }

    @Test("A message without a text, without a code, without a sender is still a message")
    func messages() throws {
        let sealed = try json(
            #"{"id":"s","from":null,"to":"2223334444","createdAt":"2026-01-02T03:04:05+00:00","smsContent":null,"parsedCode":null,"encrypted":true}"#
        )
        let message = try #require(TextVerifiedReader.message(sealed))
        #expect(message.text == "" && message.code == nil && message.sender == "" && message.id == "s")
        let unparsed = try json(#"{"id":"s","smsContent":"Your code is 482913","parsedCode":null,"encrypted":false}"#)
        #expect(TextVerifiedReader.message(unparsed)?.text == "Your code is 482913")
        #expect(TextVerifiedReader.message(unparsed)?.code == nil)
        #expect(TextVerifiedReader.message(.null) == nil)
    }

    @Test("A call may have no recording yet")
    func calls() {
        let call = TextVerifiedReader.call(["id": "c", "from": nil, "recordingUri": nil])
        #expect(call?.recording == nil && call?.caller == "")
        #expect(TextVerifiedReader.call(["recordingUri": "https://x/y"])?.recording == "https://x/y")
    }

    @Test("A page says where the next one is, or that there is none")
    func pages() throws {
        #expect(TextVerifiedReader.page(["data": []])?.next == nil)
        let last = try json(#"{"data":[{}],"hasNext":false,"links":{"next":{"method":"GET","href":"/x"}}}"#)
        #expect(TextVerifiedReader.page(last)?.next == nil && TextVerifiedReader.page(last)?.rows.count == 1)
        let first = try json(
            #"{"data":[],"hasNext":true,"links":{"current":null,"next":{"method":"POST","href":"/x"}}}"#)
        #expect(TextVerifiedReader.page(first)?.next == TextVerifiedLink("/x", method: .post))
        // More, and nobody says where: not a list that proves anything.
        #expect(TextVerifiedReader.page(["data": [], "hasNext": true]) == nil)
        #expect(TextVerifiedReader.page(["rows": []]) == nil && TextVerifiedReader.page([]) == nil)
    }

    @Test("A capability is known in any case")
    func words() {
        #expect(TextVerifiedCapability(.string("Sms")) == .sms)
        #expect(TextVerifiedCapability(.string("smsandvoicecombo")) == .both)
        #expect(TextVerifiedCapability(.string("fax")) == nil && TextVerifiedCapability(nil) == nil)
        #expect(TextVerifiedDuration(.string("OneDay")) == .oneDay)
    }

    @Test("The total of a sale has one name in a list and another in full")
    func sales() throws {
        let whole = try json(#"{"id":"s","state":"Succeeded","total":5.5,"reservations":[{"id":"r"}]}"#)
        #expect(TextVerifiedReader.sale(whole)?.total == Money("5.5"))
        #expect(TextVerifiedReader.sale(whole)?.state == .succeeded)
        #expect(TextVerifiedReader.sale(["id": "s", "totalCost": 5.5])?.total == Money("5.5"))
        #expect(TextVerifiedReader.sale(["id": "s", "state": "frozen"])?.state == nil)
    }

    // MARK: links

    private let base = TextVerifiedBase("https://www.textverified.com/api/pub/v2")

    @Test("Links are absolute or relative")
    func resolving() {
        #expect(base.resolve("https://x.test/a") == "https://x.test/a")
        #expect(base.resolve("/api/pub/v2/sms?page=2") == "https://www.textverified.com/api/pub/v2/sms?page=2")
        #expect(base.resolve("sms/1") == "https://www.textverified.com/api/pub/v2/sms/1")
        #expect(base.resolve("//cdn.test/x") == "https://cdn.test/x")
        for href in [
            "javascript:alert(1)", "file:///etc/passwd", "ftp://x/y", "a b", "https://", "/a\r\nX: y", "\\\\x",
        ] {
            #expect(base.resolve(href) == nil, "\(href)")
        }
    }

    @Test("The token goes to TextVerified's own address and to no other")
    func owning() {
        for url in [
            "https://www.textverified.com/x", "https://WWW.textverified.com:443/x", "https://www.textverified.com?x",
        ] { #expect(base.owns(url), "\(url)") }
        for url in [
            "http://www.textverified.com/x", "https://www.textverified.com:8443/x", "https://textverified.com/x",
            "https://www.textverified.com.evil.test/", "https://www.textverified.com@evil.test/",
            "https://evil.test/www.textverified.com", "https://www.textverified.com\\@evil.test/", "nonsense",
        ] { #expect(!base.owns(url), "\(url)") }
    }

    @Test("A link names its method")
    func links() {
        #expect(TextVerifiedLink(["method": "post", "href": "/x"]) == TextVerifiedLink("/x", method: .post))
        #expect(TextVerifiedLink(["href": "/x"])?.method == .get)
        #expect(TextVerifiedLink(["method": "BREW", "href": "/x"]) == nil)
        #expect(TextVerifiedLink(.null) == nil && TextVerifiedLink(["href": ""]) == nil)
    }

    // MARK: notices

    private static let notice =
        #"{"id":"evt_1","event":"v2.sms.received","occurredAt":"2026-01-02T03:04:05+00:00","attempt":1,"data":{"from":"22000","to":"2223334444","createdAt":"2026-01-02T03:04:04+00:00","smsContent":"Your code is 482913","parsedCode":"482913","encrypted":false,"reservationId":"lr_01"}}"#
    private static let signature =
        "HMAC-SHA512=rltjofy1CKScv+1BrUZXO9OtNQtyonD6iEqlZdqmfphgxx6RlQE2tdPdDp897SUERffeL+FQIo12tW7i3iEWKA=="

    @Test("A notice is believed with its signature alone")
    func notices() {
        let body = Array(Self.notice.utf8)
        let secret = Secret("whsec_test")
        let notice = TextVerified.notice(body: body, signature: Self.signature, secret: secret)
        #expect(notice == ProviderNotice(eventID: "evt_1", ref: "lr_01"))
        #expect(TextVerified.notice(body: body, signature: nil, secret: secret) == nil)
        #expect(TextVerified.notice(body: body, signature: "", secret: secret) == nil)
        #expect(TextVerified.notice(body: body, signature: Self.signature, secret: Secret("test")) == nil)
        #expect(TextVerified.notice(body: body + [0x20], signature: Self.signature, secret: secret) == nil)
        let bare = String(Self.signature.dropFirst(12))
        #expect(TextVerified.notice(body: body, signature: bare, secret: secret) == nil)
        #expect(
            TextVerified.notice(body: body, signature: "HMAC-SHA512=" + String(bare.dropLast(4)), secret: secret) == nil
        )
    }

    @Test("A notice about something else than an order names none")
    func otherNotices() throws {
        let secret = Secret("s")
        func read(_ text: String) -> ProviderNotice? {
            let body = Array(text.utf8)
            let signature = "HMAC-SHA512=" + Base64.text(HMAC.sha512(key: secret, body))
            return TextVerified.notice(body: body, signature: signature, secret: secret)
        }
        #expect(
            read(#"{"id":"e","event":"v2.reservation.created","data":{"id":"lr_2","type":"rental"}}"#)?.ref == "lr_2")
        let cycle = try #require(
            read(#"{"id":"e","event":"v2.rental.billingcycle.renewed","data":{"billingCycleId":"b"}}"#))
        #expect(cycle == ProviderNotice(eventID: "e", ref: nil))
        #expect(read(#"{"id":"e","event":"v2.sms.received","data":{"reservationId":null}}"#)?.ref == nil)
        #expect(read(#"{"event":"v2.sms.received"}"#) == nil && read("[]") == nil && read("no") == nil)
    }

    // MARK: names

    @Test("No service has two names, and no name two services")
    func names() {
        let pairs = TextVerifiedServices.pairs
        #expect(Set(pairs.map(\.slug)).count == pairs.count)
        #expect(Set(pairs.map(\.name)).count == pairs.count)
        for pair in pairs {
            #expect(!pair.slug.isEmpty && !pair.name.isEmpty)
            #expect(
                (pair.slug + pair.name).utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) })
            #expect(TextVerifiedServices.name(of: pair.slug) == pair.name)
            #expect(TextVerifiedServices.slug(of: pair.name) == pair.slug)
        }
        #expect(TextVerifiedServices.name(of: "nosuchthing") == nil)
        #expect(TextVerifiedServices.slug(of: "NoSuchThing") == "NoSuchThing")
        #expect(TextVerifiedServices.name(of: "other") == "servicenotlisted")
        #expect(TextVerifiedServices.name(of: "other", voice: true) == "servicenotlistedvoice")
        #expect(TextVerifiedServices.slug(of: "servicenotlistedvoice") == "other")
    }
}
