import JSON
import Runtime
import Synchronization

/// A client of the gateway's WebSocket (RFC 6455) on a socket and a thread of its own: it collects the texts that come.
package final class TestWebSocket: Sendable {
    private let socket: TestSocket
    private let seen = Collected<JSON>()
    private let isOver: Box

    private final class Box: Sendable {
        let flag = Atomic<Bool>(false)
    }

    /// What came so far, read as JSON.
    package var messages: [JSON] { seen.all }

    /// Proves who it is by its first message, as a browser does; `lastEvent` asks for what came after that event.
    package init(_ customer: TestCustomer, lastEvent: String? = nil) throws {
        let socket = try TestSocket(port: customer.stack.port(.gateway))
        let box = Box()
        self.socket = socket
        isOver = box
        socket.write(
            Array(
                """
                GET /ws HTTP/1.1\r
                Host: stack\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r

                """.utf8))
        var first: JSON = ["token": .string(customer.key)]
        if let lastEvent {
            first = ["token": .string(customer.key), "last_event_id": .string(lastEvent)]
        }
        // It may follow the handshake at once: what is sent before the answer waits in the connection.
        socket.write(Self.frame(first.bytes))
        OSThread.start("websocket") { [seen] in
            var received: [UInt8] = []
            var isUpgraded = false
            while case let bytes = socket.read(), !bytes.isEmpty {
                received += bytes
                if !isUpgraded {
                    guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
                    guard received.starts(with: Array("HTTP/1.1 101".utf8)) else { break }
                    received.removeFirst(end.upperBound)
                    isUpgraded = true
                }
                while let (opcode, payload, length) = Self.first(in: received) {
                    received.removeFirst(length)
                    // What is not JSON would be missed by whoever looks for it.
                    if opcode == 1, let json = try? JSON(parsing: payload) { seen.append(json) }
                    if opcode == 9 { socket.write(Self.frame(payload, opcode: 10)) }
                }
            }
            socket.close()
            box.flag.store(true, ordering: .releasing)
        }
    }

    deinit { close() }

    /// Ends it without a word, as a phone in a tunnel does.
    package func close() {
        if !isOver.flag.load(ordering: .acquiring) { socket.shutDown() }
    }

    /// A masked frame; the mask is zero, which the protocol allows and which leaves the bytes readable.
    private static func frame(_ payload: [UInt8], opcode: UInt8 = 1) -> [UInt8] {
        precondition(payload.count < 65_536, "no client of a test says this much")
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        return frame + [0, 0, 0, 0] + payload
    }

    /// The first whole frame, and how many bytes it takes. Servers send theirs unmasked, and ours never in parts.
    private static func first(in bytes: [UInt8]) -> (opcode: UInt8, payload: [UInt8], length: Int)? {
        guard bytes.count >= 2 else { return nil }
        var start = 2
        var length = Int(bytes[1] & 0x7F)
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard bytes.count >= 2 + width else { return nil }
            length = bytes[2..<2 + width].reduce(0) { $0 << 8 | Int($1) }
            start += width
        }
        guard bytes.count >= start + length else { return nil }
        return (bytes[0] & 0x0F, Array(bytes[start..<start + length]), start + length)
    }
}
