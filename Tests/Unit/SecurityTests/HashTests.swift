import Security
import Testing

@Suite struct HashTests {
    struct Vector: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    static let long = Array(
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."
            .utf8)
    static let rfc4231 = [
        Vector(
            key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            key: Array(1...25), message: [UInt8](repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 131), message: long,
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test("HMAC-SHA-256 gives what RFC 4231 prints", arguments: rfc4231)
    func sha256Vectors(_ vector: Vector) {
        #expect(HMAC.sha256(key: Secret(vector.key), vector.message) == hex(vector.code))
    }

    @Test("HMAC-SHA-512 gives what RFC 4231 prints")
    func sha512Vectors() {
        #expect(
            HMAC.sha512(key: Secret([UInt8](repeating: 0x0B, count: 20)), Array("Hi There".utf8))
                == hex(
                    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                        + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"))
        #expect(
            HMAC.sha512(key: Secret("Jefe"), Array("what do ya want for nothing?".utf8))
                == hex(
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"))
    }

    @Test("HMAC-SHA-1 gives what RFC 2202 prints, for short keys and for keys longer than a block")
    func sha1Vectors() {
        #expect(
            HMAC.sha1(key: Secret([UInt8](repeating: 0x0B, count: 20)), Array("Hi There".utf8))
                == hex("b617318655057264e28bc0b6fb378c8ef146be00"))
        #expect(
            HMAC.sha1(key: Secret("Jefe"), Array("what do ya want for nothing?".utf8))
                == hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"))
        #expect(
            HMAC.sha1(
                key: Secret([UInt8](repeating: 0xAA, count: 80)),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
                == hex("aa4ae5e15272d00e95705637ce8a3b55ed402112"))
    }

    @Test("SHA-256 gives what FIPS 180 prints")
    func digest() {
        #expect(
            sha256(Array("abc".utf8)) == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(sha256([]) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }

    @Test("comparison finds a difference in every byte and in length")
    func comparison() {
        let bytes = randomBytes(32)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(!constantTimeEqual(bytes, bytes.dropLast()))
        #expect(!constantTimeEqual([UInt8](), [0]))
        for index in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << bit
                #expect(!constantTimeEqual(bytes, other))
            }
        }
    }

    @Test("base64 gives what RFC 4648 prints, and base64url has no padding")
    func base64() {
        let samples = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in samples {
            #expect(Base64.text(Array(plain.utf8)) == text)
            #expect(Base64.bytes(text) == Array(plain.utf8))
            let bare = String(text.prefix { $0 != "=" })
            #expect(Base64.urlText(Array(plain.utf8)) == bare)
            #expect(Base64.urlBytes(bare) == Array(plain.utf8))
        }
        #expect(Base64.urlText([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64.text([0xFB, 0xEF, 0xFF]) == "++//")
    }

    @Test(
        "base64url refuses padding, white space, the other alphabet, stray bits and single characters",
        arguments: ["Zg==", "Zg=", "Z g", "Zg\n", "++//", "Zh", "Z", "Zm9vY", "é"])
    func base64Refusals(_ text: String) {
        #expect(Base64.urlBytes(text) == nil)
        #expect(Base64.urlBytes("Zg\0" + text) == nil)
    }

    @Test("random tokens have the length asked for and do not repeat")
    func tokens() {
        let tokens = Set((0..<1000).map { _ in randomToken(bytes: 16) })
        #expect(tokens.count == 1000)
        #expect(tokens.allSatisfy { $0.utf8.count == 22 })
        #expect(randomBytes(0).isEmpty)
    }
}
