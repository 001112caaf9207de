import CSodium

/// Bytes that must not be seen: a key, or what a key is made of. Wiped when the last owner lets go; its description
/// and its mirror are redacted, so that it cannot reach a log by accident. Does not protect against a reader of our
/// memory while it lives.
package struct Secret: Sendable {
    /// The bytes are written in `init` and in `deinit` alone, so threads only ever read them together.
    private final class Storage: @unchecked Sendable {
        let start: UnsafeMutablePointer<UInt8>
        let count: Int

        init(count: Int) {
            start = .allocate(capacity: count)
            start.initialize(repeating: 0, count: count)
            self.count = count
        }

        deinit {
            // Unlike memset, sodium_memzero "tries to effectively zero the bytes … even if optimizations are being
            // applied" (libsodium, Securing memory allocations).
            sodium_memzero(start, count)
            start.deallocate()
        }
    }

    private let storage: Storage

    /// A secret of `count` bytes that the body fills in.
    init(count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        Sodium.start()
        storage = Storage(count: count)
        fill(UnsafeMutableBufferPointer(start: storage.start, count: count))
    }

    package init(_ bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { _ = $0.update(fromContentsOf: bytes) }
    }

    /// The UTF-8 of a text, as a person wrote it into a setting.
    package init(_ text: String) { self.init(text.utf8) }

    /// Fresh random bytes.
    package static func random(_ count: Int = 32) -> Secret {
        Secret(count: count) { target in
            guard let start = target.baseAddress else { return }
            randombytes_buf(start, count)
        }
    }

    package var count: Int { storage.count }

    /// Lends the bytes; they must not be kept.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(start: storage.start, count: storage.count))
    }

    /// Lends the bytes to C.
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        try body(UnsafePointer(storage.start))
    }

    /// Another secret that depends on this one and on a purpose: keyed BLAKE2b over the purpose. Who learns one such
    /// secret learns nothing of this one, nor of those for other purposes.
    package func derived(for purpose: String, count: Int = 32) -> Secret {
        precondition((16...64).contains(count), "BLAKE2b gives 16 to 64 bytes")
        // A BLAKE2b key has at most 64 bytes and a setting may be longer, so it is folded to 32 first.
        let root = Secret(count: 32) { target in
            withBytes { blake2b(into: target, key: nil, ["namaskah.root.v1".utf8, $0]) }
        }
        return Secret(count: count) { target in
            blake2b(into: target, key: root, ["namaskah.derived.v1:".utf8, purpose.utf8])
        }
    }
}

extension Secret: Hashable {
    package static func == (left: Secret, right: Secret) -> Bool {
        left.withBytes { left in right.withBytes { constantTimeEqual(left, $0) } }
    }

    package func hash(into hasher: inout Hasher) {
        // The bytes themselves must not influence timing of look-ups, and secrets in sets are few.
        hasher.combine(count)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "‹secret›" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

enum Sodium {
    private static let started: Void = {
        // "sodium_init() must be called before any other function … it is safe to call it multiple times and from
        // multiple threads"; a negative answer means that the machine has no randomness to give.
        precondition(sodium_init() >= 0, "libsodium could not be started")
    }()

    /// Starts the library on first use.
    static func start() { _ = started }
}
