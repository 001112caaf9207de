import CLinux
import Glibc

/// Ends the process at once, with what was printed flushed.
///
/// Not by `exit`: that runs handlers which take OpenSSL down while threads of ours are still inside it, such as one that
/// is connecting to Postgres. They crash, and the exit code is a signal's (seen in one ending of five).
package func endProcess(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
}
