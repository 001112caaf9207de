import CLinux
import Glibc
import Synchronization

/// A named instant at which a test may have the process killed, to show that nothing is lost there.
///
/// `NAMASKAH_CRASH_AT=purchase.after_http:2` sends SIGKILL to the process the second time it passes that point. In a
/// release build this compiles to nothing unless the build defines `CRASHPOINTS`.
@inline(__always)
package func crashpoint(_ name: StaticString) {
    #if DEBUG || CRASHPOINTS
        Crashpoints.passed(name.description)
    #endif
}

#if DEBUG || CRASHPOINTS
    private enum Crashpoints {
        private static let wanted: (name: String, count: Int)? = {
            guard let text = getenv("NAMASKAH_CRASH_AT") else { return nil }
            let parts = String(cString: text).split(separator: ":")
            guard let name = parts.first else { return nil }
            return (String(name), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }()
        private static let seen = Mutex(0)

        static func passed(_ name: String) {
            guard let wanted, wanted.name == name else { return }
            let count = seen.withLock {
                $0 += 1
                return $0
            }
            if count == wanted.count { kill(getpid(), SIGKILL) }
        }
    }
#endif
