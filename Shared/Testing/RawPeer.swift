import CLinux
import Glibc
import Runtime
import Synchronization

/// A peer made of a raw socket, for answers that no proper server gives: halves, resets, silence. It takes one
/// connection after another, reads one whole request at a time and hands its text to `answer`; threads of its own.
package final class RawPeer: Sendable {
    /// What it does with a request.
    package enum Reply: Sendable {
        /// Writes the text and keeps the connection for the next request.
        case write(String)
        /// Writes the text and closes.
        case writeAndClose(String)
        /// Closes with a reset.
        case reset
        /// Says nothing and holds the connection until the peer is closed.
        case silence
    }

    package let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[String]>([])
    private let opened = Atomic<Int>(0)
    private let held = Mutex<(isClosed: Bool, descriptors: [Int32])>((false, []))

    /// Every request so far: head and body.
    package var requests: [String] { seen.withLock { $0 } }
    /// Connections taken so far.
    package var connections: Int { opened.load(ordering: .acquiring) }
    package var url: String { "http://127.0.0.1:\(port)" }

    /// `answer` gets the number of the request on its connection, counted from 1, and its text.
    /// `greeting` is written to each connection unasked.
    package init(greeting: String = "", _ answer: @escaping @Sendable (Int, String) -> Reply) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutableBytes(of: &address) { raw -> Int32 in
            guard let pointer = raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            guard bind(listener, pointer, size) == 0, listen(listener, 64) == 0 else { return -1 }
            return getsockname(listener, pointer, &size)
        }
        guard status == 0 else { throw RawPeerError(number: errno) }
        port = UInt16(bigEndian: address.sin_port)
        OSThread.start("peer") {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                self.opened.wrappingAdd(1, ordering: .releasing)
                let isClosed = self.held.withLock { held in
                    held.descriptors.append(connection)
                    return held.isClosed
                }
                if isClosed { break }
                OSThread.start("peer") {
                    self.write(greeting, to: connection)
                    self.serve(connection, answer)
                }
            }
            _ = Glibc.close(listener)
        }
    }

    /// Ends every connection and the listener.
    package func close() {
        held.withLock { held in
            held.isClosed = true
            for descriptor in held.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: Int32, _ answer: (Int, String) -> Reply) {
        var number = 0
        while let request = readRequest(connection) {
            number += 1
            seen.withLock { $0.append(request) }
            switch answer(number, request) {
            case .write(let text): write(text, to: connection)
            case .writeAndClose(let text):
                write(text, to: connection)
                return end(connection)
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return end(connection)
            case .silence:
                // Until the other side gives up, or `close` ends both directions.
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                return end(connection)
            }
        }
        end(connection)
    }

    private func end(_ connection: Int32) {
        held.withLock { held in
            held.descriptors.removeAll { $0 == connection }
            _ = Glibc.close(connection)
        }
    }

    private func readRequest(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound]
                let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                let length = line.flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private func write(_ text: String, to connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// The system did not give the peer a socket.
package struct RawPeerError: Error {
    package let number: Int32
}

/// A whole answer with a length.
package func answer(_ status: String, _ body: String = "", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}
