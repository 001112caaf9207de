import JSON
import Security
import Testing

@testable import Providers

@Suite("Notices of providers")
struct NoticeTests {
    private static let secret = Secret("the secret of a relay before 5SIM, long enough")
    private static let body = Array(#"{"event_id":"e-7","order_id":123456,"more":{"sms":"ignored"}}"#.utf8)

    private static func signature(_ body: [UInt8], _ secret: Secret = secret) -> String {
        "HMAC-SHA256=" + Base64.text(HMAC.sha256(key: secret, body))
    }

    @Test("a relay's notice is taken when it is signed with our secret over exactly that body")
    func fiveSim() {
        let signature = Self.signature(Self.body)
        let notice = FiveSimNotice.read(Self.body, signature: signature, secret: Self.secret)
        #expect(notice == ProviderNotice(eventID: "e-7", ref: "123456"))
        let text = Array(#"{"event_id":9,"order_id":"123456"}"#.utf8)
        #expect(
            FiveSimNotice.read(text, signature: Self.signature(text), secret: Self.secret)
                == ProviderNotice(eventID: "9", ref: "123456"))
        #expect(
            FiveSimNotice.read(
                Self.body, signature: "hmac-sha256=" + signature.dropFirst(12), secret: Self.secret) != nil)
    }

    @Test("what is unsigned, signed otherwise, changed on the way or no notice is not taken")
    func refused() {
        let signature = Self.signature(Self.body)
        for wrong in [
            nil, "", "HMAC-SHA256=", String(signature.dropFirst(12)), "HMAC-SHA512=" + signature.dropFirst(12),
            Self.signature(Self.body, Secret("another secret")), String(signature.dropLast()), signature + "A",
        ] {
            #expect(FiveSimNotice.read(Self.body, signature: wrong, secret: Self.secret) == nil, "\(wrong ?? "nil")")
        }
        for place in [0, Self.body.count / 2, Self.body.count - 1] {
            var changed = Self.body
            changed[place] ^= 1
            #expect(FiveSimNotice.read(changed, signature: signature, secret: Self.secret) == nil)
        }
        for text in [
            "", "[]", "7", #"{"event_id":"e"}"#, #"{"order_id":1}"#, #"{"event_id":"","order_id":1}"#,
            #"{"event_id":"e","order_id":"12a"}"#, #"{"event_id":"e","order_id":"-1"}"#,
            #"{"event_id":{},"order_id":1}"#,
        ] {
            let body = Array(text.utf8)
            #expect(
                FiveSimNotice.read(body, signature: Self.signature(body), secret: Self.secret) == nil, "\(text)")
        }
    }
}
