import Synchronization

/// A 128-bit identifier, in practice a UUIDv7 (RFC 9562): its first 48 bits are the millisecond it was made in,
/// so that rows made together lie together, and the order of ids is roughly the order of making.
///
/// Guarantees: ids made by one process strictly ascend. Does not promise order between processes.
package struct ID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// All bits zero: stands for "not set" where a value must exist before it is read.
    package static let zero = ID(high: 0, low: 0)

    private static let last = Mutex<(milliseconds: UInt64, counter: UInt64)>((0, 0))

    /// A new UUIDv7. Within one millisecond the 12 bits after the version count up (RFC 9562 § 6.2, method 1);
    /// when they run out the clock is taken a millisecond ahead.
    package static func new(at now: Timestamp = .now) -> ID {
        let wall = UInt64(max(0, now.microseconds / 1000))
        var generator = SystemRandomNumberGenerator()
        let random = generator.next()
        let (milliseconds, counter) = last.withLock { last in
            if wall > last.milliseconds {
                last = (wall, random >> 53)
            } else if last.counter < 0xFFF {
                last.counter += 1
            } else {
                last = (last.milliseconds + 1, random >> 53)
            }
            return last
        }
        return ID(
            high: milliseconds << 16 | 0x7000 | counter,
            low: 0x8000_0000_0000_0000 | generator.next() >> 2)
    }

    /// The id of something that was given none: the same whenever it is made of the same 16 bytes or more of a hash and of
    /// the same moment. It has the form of a UUIDv7 of that moment.
    package static func derived(from hash: some Collection<UInt8>, at moment: Timestamp) -> ID {
        guard let bits = ID(bytes: hash.prefix(16)) else { preconditionFailure("a hash has at least 16 bytes") }
        let milliseconds = UInt64(max(0, moment.microseconds / 1000))
        return ID(
            high: milliseconds << 16 | 0x7000 | bits.high & 0xFFF, low: 0x8000_0000_0000_0000 | bits.low >> 2)
    }

    /// The moment a UUIDv7 was made, to the millisecond.
    package var madeAt: Timestamp { Timestamp(microseconds: Int64(high >> 16) * 1000) }

    package static func < (left: ID, right: ID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The 16 bytes in network order.
    package var bytes: [UInt8] {
        (0..<16).map { index in
            let word = index < 8 ? high : low
            return UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64(index % 8)))
        }
    }

    /// From 16 bytes in network order; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }
}

extension ID: LosslessStringConvertible, CustomDebugStringConvertible {
    /// Reads the 36-character form, either case; nil for anything else.
    package init?(_ description: String) {
        var text = description
        let words: (UInt64, UInt64)? = text.withUTF8 { utf8 in
            guard utf8.count == 36 else { return nil }
            var words: (UInt64, UInt64) = (0, 0)
            var digits = 0
            for index in 0..<36 {
                let byte = utf8[index]
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return nil }
                    continue
                }
                let nibble: UInt64
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = UInt64(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = UInt64(byte - UInt8(ascii: "a") + 10)
                case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = UInt64(byte - UInt8(ascii: "A") + 10)
                default: return nil
                }
                if digits < 16 { words.0 = words.0 << 4 | nibble } else { words.1 = words.1 << 4 | nibble }
                digits += 1
            }
            return words
        }
        guard let words else { return nil }
        self.init(high: words.0, low: words.1)
    }

    /// The 36-character lower-case form.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var nibbleIndex = 0
            for index in 0..<36 {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    buffer[index] = UInt8(ascii: "-")
                    continue
                }
                let word = nibbleIndex < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(nibbleIndex % 16))) & 0xF
                buffer[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                nibbleIndex += 1
            }
            return 36
        }
    }

    package var debugDescription: String { description }
}
