import Kit
import Testing

@testable import Security

@Suite struct APIKeyTests {
    @Test("a new key reads back, shows only its start and does not repeat")
    func fresh() throws {
        let keys = (0..<200).map { _ in APIKey.new() }
        #expect(Set(keys.map(\.text)).count == 200)
        for key in keys {
            #expect(APIKey(key.text) == key)
            #expect(key.text.utf8.count == 57 && key.text.hasPrefix("nk_live_"))
            #expect(key.text.hasPrefix(key.prefix) && key.prefix.utf8.count == 13)
        }
    }

    @Test("a change of any single character, and any two neighbours swapped, are told from a key")
    func typos() {
        let text = Array(APIKey.new().text.utf8)
        for index in text.indices {
            for other in [UInt8(ascii: "0"), UInt8(ascii: "a"), UInt8(ascii: "Z"), UInt8(ascii: " ")] {
                var changed = text
                changed[index] = other
                if changed == text { continue }
                #expect(APIKey(String(decoding: changed, as: UTF8.self)) == nil)
            }
            if index > 0, text[index] != text[index - 1] {
                var swapped = text
                swapped.swapAt(index, index - 1)
                #expect(APIKey(String(decoding: swapped, as: UTF8.self)) == nil)
            }
        }
    }

    @Test(
        "what is not a key is refused",
        arguments: ["", "nk_live_", "nk_test_abc", "Bearer nk_live_x", "nk_live_" + String(repeating: "é", count: 49)])
    func garbage(_ text: String) {
        #expect(APIKey(text) == nil)
    }

    @Test("every character of the alphabet is about equally likely")
    func uniform() {
        var counts: [Character: Int] = [:]
        for _ in 0..<500 {
            for character in APIKey.new().text.dropFirst(8).prefix(43) { counts[character, default: 0] += 1 }
        }
        // 21 500 characters over 62: 347 each, with a deviation of 18; eight deviations are chance's end.
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { (200...500).contains($0) })
    }

    @Test("the stored hash is keyed and is that of the whole key")
    func hashes() {
        let key = APIKey.new()
        let hashes = LookupHash(Keyring(Secret(masterText)), purpose: "api key", bytes: 32)
        #expect(key.hash(hashes) == hashes.hash(key.text))
        #expect(key.hash(hashes) != APIKey.new().hash(hashes))
        #expect(key.hash(hashes).count == 32)
    }
}

@Suite struct OpaqueTokenTests {
    @Test("a new token reads back and is found by its hash alone")
    func fresh() {
        let token = OpaqueToken.new()
        let hashes = LookupHash(Keyring(Secret(masterText)), purpose: "refresh token", bytes: 32)
        #expect(OpaqueToken(token.text)?.hash(hashes) == token.hash(hashes))
        #expect(OpaqueToken.new().hash(hashes) != token.hash(hashes))
    }

    @Test("what is not a token is refused", arguments: ["", "x", String(repeating: "=", count: 43)])
    func garbage(_ text: String) {
        #expect(OpaqueToken(text) == nil)
    }
}

@Suite struct OneTimePasswordTests {
    let password = OneTimePassword(Secret("12345678901234567890"))

    @Test(
        "the codes are those RFC 6238 prints for SHA-1 (appendix B)",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ])
    func vectors(_ seconds: Int64, _ expected: String) {
        #expect(OneTimePassword.digits(password.code(seconds / 30), 8) == expected)
        #expect(password.password(seconds / 30) == expected.suffix(6))
    }

    @Test("a password is right one step to either side of the clock, and no further")
    func window() {
        let now = Timestamp(seconds: 1_111_111_111)
        let current: Int64 = 1_111_111_111 / 30
        for step in (current - 3)...(current + 3) {
            let expected: Int64? = abs(step - current) <= 1 ? step : nil
            #expect(password.step(of: password.password(step), after: nil, now: now) == expected)
        }
        #expect(password.step(of: "", after: nil, now: now) == nil)
    }

    @Test("a password that was used, and every older one, is wrong from then on")
    func replay() {
        let now = Timestamp(seconds: 1_111_111_111)
        let current: Int64 = 1_111_111_111 / 30
        #expect(password.step(of: password.password(current), after: current, now: now) == nil)
        #expect(password.step(of: password.password(current - 1), after: current, now: now) == nil)
        #expect(password.step(of: password.password(current + 1), after: current, now: now) == current + 1)
    }

    @Test("the app reads the secret in base32, out of an escaped address")
    func address() {
        #expect(password.base32 == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        #expect(OneTimePassword(Secret("foob")).base32 == "MZXW6YQ")
        #expect(
            password.address(issuer: "Nama skah", account: "a&b@example.com")
                == "otpauth://totp/Nama%20skah:a%26b%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Nama%20skah")
    }
}
