/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of a few words, the same in every process. It names what an
/// upstream gives no name to, without telling what is in it to whoever has not the key.
struct SipHash: Sendable {
    private let key: (UInt64, UInt64)

    init(_ first: UInt64, _ second: UInt64) { key = (first, second) }

    /// A key out of a secret of any length.
    init(secret: String) {
        let seed = SipHash(0x6E61_6D61_736B_6168, 0x6D65_7373_6167_6573)
        self.init(seed.hash(Array(secret.utf8) + [0]), seed.hash(Array(secret.utf8) + [1]))
    }

    func hash(_ bytes: [UInt8]) -> UInt64 {
        var state = State(
            key.0 ^ 0x736F_6D65_7073_6575, key.1 ^ 0x646F_7261_6E64_6F6D, key.0 ^ 0x6C79_6765_6E65_7261,
            key.1 ^ 0x7465_6462_7974_6573)
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word |= UInt64(byte) << UInt64(index % 8 * 8)
            guard index % 8 == 7 else { continue }
            state.take(word)
            word = 0
        }
        state.take(word | UInt64(bytes.count & 0xFF) << 56)
        return state.finish()
    }

    private struct State {
        var a, b, c, d: UInt64

        init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) { (self.a, self.b, self.c, self.d) = (a, b, c, d) }

        mutating func take(_ word: UInt64) {
            d ^= word
            round()
            round()
            a ^= word
        }

        mutating func finish() -> UInt64 {
            c ^= 0xFF
            for _ in 0..<4 { round() }
            return a ^ b ^ c ^ d
        }

        private mutating func round() {
            a &+= b
            b = b << 13 | b >> 51
            b ^= a
            a = a << 32 | a >> 32
            c &+= d
            d = d << 16 | d >> 48
            d ^= c
            a &+= d
            d = d << 21 | d >> 43
            d ^= a
            c &+= b
            b = b << 17 | b >> 47
            b ^= c
            c = c << 32 | c >> 32
        }
    }
}
