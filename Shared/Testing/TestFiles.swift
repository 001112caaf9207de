import CLinux
import Glibc
import Synchronization

/// Files and ports, as far as tests of whole processes need them.
package enum TestFiles {
    /// The checkout that the tests were built from.
    package static var root: String { parent(parent(parent(#filePath))) }

    /// Where the built programs are: beside the test bundle that this code runs in.
    package static var programs: String {
        get throws {
            // The test runner may be the toolchain's; the bundle is what it was told to open.
            let candidates = CommandLine.arguments + [(try? link("/proc/self/exe")) ?? ""]
            for path in candidates {
                var folder = path
                while folder.contains("/") {
                    folder = parent(folder)
                    if access("\(folder)/gateway", X_OK) == 0 { return folder }
                }
            }
            throw TestStackError("the services are not built beside the tests: swift build")
        }
    }

    /// A directory of the caller's own, closed to others but for passing through.
    package static func makeDirectory() throws -> String {
        var template = Array("/tmp/namaskah-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestStackError("no directory in /tmp") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o711)
        return path
    }

    /// The whole text of a file.
    package static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "re") else { throw TestStackError("\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The settings in a file of lines `KEY=value`.
    package static func settings(_ path: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for line in try read(path).split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
        }
        return result
    }

    private static let givenPorts = Mutex<Set<UInt16>>([])

    /// A port on which nothing listens, below those that the kernel gives to outgoing connections; no two calls get the
    /// same.
    package static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = UInt16.random(in: 20_000..<32_000)
            guard givenPorts.withLock({ $0.insert(port).inserted }) else { continue }
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isFree = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isFree { return Int(port) }
        }
        throw TestStackError("no port is free")
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func link(_ path: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { throw TestStackError("\(path) cannot be read") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
