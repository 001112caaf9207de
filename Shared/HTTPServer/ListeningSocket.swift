import CLinux
import Glibc
import Kit

/// A bound and listening socket. Closed when the last reference goes.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    let port: Int

    init(address: String, port: Int) throws(HTTPServerError) {
        guard (0...65_535).contains(port) else {
            throw HTTPServerError(code: .address, message: "\(port) is not a port")
        }
        let isIPv6 = address.contains(":")
        let descriptor = socket(
            isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else {
            throw HTTPServerError(code: .listen, message: "no socket could be made: \(Self.errorText())")
        }
        do throws(HTTPServerError) {
            self.port = try Self.listen(descriptor, isIPv6: isIPv6, address: address, port: port)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// From now on connections are refused by the kernel; the number stays ours until the end.
    func refuse() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func listen(
        _ descriptor: Int32, isIPv6: Bool, address: String, port: Int
    ) throws(HTTPServerError) -> Int {
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        let bound: Int32
        if isIPv6 {
            setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = in_port_t(port).bigEndian
            guard inet_pton(AF_INET6, address, &name.sin6_addr) == 1 else { throw notNumeric(address) }
            bound = withBytes(of: &name) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else { throw notNumeric(address) }
            bound = withBytes(of: &name) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0, Glibc.listen(descriptor, 4096) == 0 else {
            throw HTTPServerError(code: .listen, message: "cannot listen on \(address):\(port): \(errorText())")
        }
        var actual = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        // The port lies at the same place in both kinds of address.
        guard withBytes(of: &actual, { getsockname(descriptor, $0, &length) }) == 0 else {
            throw HTTPServerError(code: .listen, message: "the port is not known: \(errorText())")
        }
        return Int(in_port_t(bigEndian: actual.sin6_port))
    }

    private static func notNumeric(_ address: String) -> HTTPServerError {
        HTTPServerError(code: .address, message: "\(address) is not a numeric IP address")
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withBytes<Name, Result>(
        of name: inout Name, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    private static func errorText() -> String { String(cString: strerror(namaskah_errno())) }
}
