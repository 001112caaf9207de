import CLinux
import Glibc

/// A TCP connection to this machine, for clients of tests that speak a protocol byte by byte.
package struct TestSocket: Sendable {
    private let descriptor: Int32

    /// Connects to a port of the loopback.
    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            Glibc.close(descriptor)
            throw TestStackError("nothing takes connections on port \(port)")
        }
    }

    /// Writes everything, unless the other side has gone.
    package func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits for bytes; none when the connection is over.
    package func read() -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk[..<count]) : []
    }

    /// Ends the connection in both directions, which wakes the thread that reads.
    package func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Gives the descriptor back: by the thread that reads, when it has seen the end.
    package func close() { Glibc.close(descriptor) }
}
