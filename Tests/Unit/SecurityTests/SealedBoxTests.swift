import Kit
import Testing

@testable import Security

@Suite struct SealedBoxTests {
    let ring = Keyring(Secret(masterText))
    let row = ID.new()

    @Test("the cipher gives what the XChaCha20-Poly1305 draft prints (A.3.1)")
    func vector() {
        let key = Secret((0x80...0x9F).map { UInt8($0) })
        let nonce = (0x40...0x57).map { UInt8($0) }
        let associated = hex("50515253c0c1c2c3c4c5c6c7")
        let plain = Array(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
                .utf8)
        let cipher = hex(
            """
            bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
            731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
            2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
            21f9664c97637da9768812f615c68b13b52e
            c0875924c1c7987947deafd8780acf49
            """)
        #expect(SealedBox.encrypt(plain, proving: associated, nonce: nonce, key: key) == cipher)
        #expect(SealedBox.decrypt(cipher, proving: associated, nonce: nonce, key: key) == plain)
    }

    @Test("what was sealed opens, whatever it is", arguments: ["", "+447700900123", "код 5027 ‎🔐", "a\nb"])
    func roundTrip(_ text: String) throws {
        let box = SealedBox(ring, purpose: "phone")
        let sealed = box.seal(text, in: row)
        #expect(sealed.count == text.utf8.count + SealedBox.overhead)
        #expect(try box.openText(sealed, in: row) == text)
        #expect(try box.openFromJSON(box.sealForJSON(text, in: row), in: row) == text)
    }

    @Test("equal texts seal differently, and neither holds the text")
    func noncesDiffer() {
        let box = SealedBox(ring, purpose: "phone")
        let many = (0..<100).map { _ in box.seal("+447700900123", in: row) }
        #expect(Set(many).count == 100)
        #expect(many.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("7700900") })
    }

    @Test("a change of any single bit is refused")
    func tampering() throws {
        let box = SealedBox(ring, purpose: "text")
        let sealed = box.seal("Your code is 482913", in: row)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: SecurityError.self) { try box.openText(changed, in: row) }
            }
        }
    }

    @Test("every shorter and every longer value is refused")
    func lengths() {
        let box = SealedBox(ring, purpose: "text")
        let sealed = box.seal("482913", in: row)
        for count in 0..<sealed.count {
            #expect(throws: SecurityError.self) { try box.open(sealed.prefix(count), in: row.bytes) }
        }
        #expect(throws: SecurityError.self) { try box.open(sealed + [0], in: row.bytes) }
    }

    @Test("a value moved to another row, or to a column of another purpose, is refused")
    func moving() {
        let box = SealedBox(ring, purpose: "text")
        let sealed = box.seal("482913", in: row)
        #expect(throws: SecurityError.self) { try box.open(sealed, in: ID.new().bytes) }
        #expect(throws: SecurityError.self) { try box.open(sealed, in: []) }
        #expect(throws: SecurityError.self) {
            try SealedBox(ring, purpose: "phone").open(sealed, in: row.bytes)
        }
    }

    @Test("after a change of keys the old values open, new ones use the new key, and a dropped key opens nothing")
    func rotation() throws {
        let (old, new) = (Secret("the old secret key, thirty-two bytes"), Secret(masterText))
        let before = SealedBox(Keyring(old), purpose: "text")
        let during = SealedBox(Keyring(new, previous: [old]), purpose: "text")
        let after = SealedBox(Keyring(new), purpose: "text")
        let first = before.seal("one", in: row)
        let second = during.seal("two", in: row)
        #expect(try during.openText(first, in: row) == "one")
        #expect(try after.openText(second, in: row) == "two")
        #expect(throws: SecurityError(.unknownKey, "The value was sealed with a key that is not in the ring")) {
            try after.openText(first, in: row)
        }
        #expect(throws: SecurityError.self) { try before.openText(second, in: row) }
    }

    @Test("text that is not sealed is refused", arguments: ["", "AAAA", "not base64!", "AQ=="])
    func garbage(_ text: String) {
        let box = SealedBox(ring, purpose: "text")
        #expect(throws: SecurityError.self) { try box.openFromJSON(text, in: row) }
    }

    @Test("look-up hashes find equal values, and differ by value, purpose and key")
    func lookup() {
        let phones = LookupHash(ring, purpose: "phone")
        #expect(phones.hash("+447700900123") == phones.hash("+447700900123"))
        #expect(phones.hash("+447700900123") != phones.hash("+447700900124"))
        #expect(phones.hash("x") != LookupHash(ring, purpose: "mail").hash("x"))
        #expect(phones.hash("x") != LookupHash(Keyring(.random()), purpose: "phone").hash("x"))
        #expect(phones.hash("x").count == 16)
        #expect(LookupHash(ring, purpose: "token", bytes: 32).hash("x").count == 32)
    }

    @Test("while keys change a row is found under either hash")
    func lookupRotation() {
        let (old, new) = (Secret("the old secret key, thirty-two bytes"), Secret(masterText))
        let stored = LookupHash(Keyring(old), purpose: "phone").hash("+447700900123")
        let during = LookupHash(Keyring(new, previous: [old]), purpose: "phone")
        #expect(during.candidates("+447700900123") == [during.hash("+447700900123"), stored])
    }
}
