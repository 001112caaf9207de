import Kit
import Runtime
import Security
import Testing

@Suite struct SecretTests {
    @Test("no secret, key or token shows itself when it is printed, interpolated or dumped")
    func redaction() {
        let secret = Secret(masterText)
        let key = APIKey.new()
        let token = OpaqueToken.new()
        struct Holder {
            let secret: Secret
            let key: APIKey
            let token: OpaqueToken
        }
        let holder = Holder(secret: secret, key: key, token: token)
        var dumped = ""
        dump(holder, to: &dumped)
        for text in ["\(holder)", String(reflecting: holder), dumped, "\(secret) \(key) \(token)"] {
            #expect(!text.contains(masterText))
            #expect(!text.contains(key.text))
            #expect(!text.contains(token.text))
        }
    }

    @Test("secrets are equal when their bytes are, and their bytes come back as they were")
    func equality() {
        #expect(Secret("one") == Secret("one"))
        #expect(Secret("one") != Secret("two"))
        #expect(Secret("one") != Secret("ones"))
        #expect(Secret("") == Secret([UInt8]()))
        #expect(Secret.random() != Secret.random())
        #expect(Secret([1, 2, 3]).withBytes { Array($0) } == [1, 2, 3])
    }

    @Test("a derived secret depends on its purpose and on every bit of the master, and is the same each time")
    func derivation() {
        let master = Secret(masterText)
        #expect(master.derived(for: "a") == master.derived(for: "a"))
        #expect(master.derived(for: "a") != master.derived(for: "b"))
        #expect(master.derived(for: "a") != master)
        #expect(master.derived(for: "a", count: 64).count == 64)
        var bytes = Array(masterText.utf8)
        bytes[bytes.count - 1] ^= 1
        #expect(Secret(bytes).derived(for: "a") != master.derived(for: "a"))
        // Longer than a BLAKE2b key may be: the tail must count as well.
        let long = [UInt8](repeating: 7, count: 200)
        #expect(Secret(long).derived(for: "a") != Secret(long + [7]).derived(for: "a"))
    }

    @Test("the ring of the settings has the current key in front and the previous ones behind")
    func settings() throws {
        let old = [String(repeating: "o", count: 32), String(repeating: "p", count: 40)]
        var settings = ConfigurationReader([
            "SECRET_KEY": masterText, "SECRET_KEY_PREVIOUS": old.joined(separator: ","),
        ])
        let ring = Keyring(&settings, "SECRET_KEY")
        try settings.finish()
        #expect(ring.all.map(\.secret) == [Secret(masterText), Secret(old[0]), Secret(old[1])])
        #expect(ring.key(ring.current.id)?.secret == Secret(masterText))
        #expect(Set(ring.all.map(\.id)).count == 3)
        var empty = ConfigurationReader([:])
        _ = Keyring(&empty, "SECRET_KEY")
        #expect(throws: ConfigurationError.self) { try empty.finish() }
    }

    @Test("a previous key that is too short is refused by name")
    func shortPrevious() {
        var settings = ConfigurationReader(["SECRET_KEY": masterText, "SECRET_KEY_PREVIOUS": "short"])
        _ = Keyring(&settings, "SECRET_KEY")
        #expect(throws: ConfigurationError(problems: ["SECRET_KEY_PREVIOUS must hold keys of at least 32 characters"]))
        {
            try settings.finish()
        }
    }

    @Test("a key given twice stands in the ring once")
    func duplicates() {
        #expect(Keyring(Secret(masterText), previous: [Secret(masterText)]).all.count == 1)
    }
}
