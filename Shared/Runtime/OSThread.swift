import CLinux
import Glibc

/// A thread of our own, for C calls that wait: they must run neither on a task nor on a Dispatch queue, whose threads
/// are few and shared (measured: four such calls delay every other task by a second).
package enum OSThread {
    /// Starts a detached thread. `name` shows in `top -H` (15 bytes are kept).
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // Eight MiB of address space each is the default; half a MiB is ample for loops over C libraries.
        pthread_attr_setstacksize(&attributes, 512 * 1024)
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                namaskah_name_thread(start.name)
                start.body()
                return nil
            }, box.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(status == 0, "a thread could not be started: error \(status)")
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

/// Signals turned into bytes of a pipe, the only thing a signal handler may safely do.
enum SignalPipe {
    static func install(_ signals: [Int32]) {
        namaskah_signal_pipe_open()
        for number in signals { namaskah_signal_pipe_watch(number) }
    }

    /// Waits for the next signal; nil when the pipe broke.
    static func read() -> Int32? {
        let number = namaskah_signal_pipe_read()
        return number > 0 ? number : nil
    }
}
