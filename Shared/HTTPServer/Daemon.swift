import CLinux
import CMicroHTTPD
import Glibc
import Kit
import Runtime

/// libmicrohttpd's daemon with its threads, from start to stop.
///
/// The callbacks borrow the core, which the daemon holds; a connection is retained by its notifications, an exchange by
/// the request's own pointer from its first callback until it has been completed.
final class Daemon: @unchecked Sendable {
    // The pointer is only given to calls that may be made from any thread, and to MHD_stop_daemon, once.
    private let daemon: OpaquePointer
    private let core: ServerCore
    private let listening: ListeningSocket

    init(core: ServerCore, listening: ListeningSocket, threads: Int) throws(HTTPServerError) {
        self.core = core
        self.listening = listening
        let limits = core.limits
        let owner = Unmanaged.passUnretained(core).toOpaque()
        // Half of a connection's memory is its read buffer to begin with, which grows as far as there is room. The head must
        // fit, with room for its index and for the head of the answer. What a connection has once used is resident for as
        // long as it lasts, and there are ten thousand that only wait.
        let memory = limits.head + 8 * 1024
        var options = [
            Self.option(.LISTEN_SOCKET, Int(listening.descriptor)),
            Self.option(.CONNECTION_MEMORY_LIMIT, memory),
            Self.option(.CONNECTION_LIMIT, limits.connections),
            Self.option(.PER_IP_CONNECTION_LIMIT, limits.connectionsPerAddress),
            Self.option(.CONNECTION_TIMEOUT, max(1, Int(limits.idle.inSeconds.rounded(.up)))),
            Self.option(.STRICT_FOR_CLIENT, 1),
            Self.option(.NOTIFY_CONNECTION, unsafeBitCast(notifyConnection, to: Int.self), owner),
            Self.option(.NOTIFY_COMPLETED, unsafeBitCast(notifyCompleted, to: Int.self), owner),
            Self.option(.URI_LOG_CALLBACK, unsafeBitCast(takeTarget, to: Int.self), owner),
            Self.option(.UNESCAPE_CALLBACK, unsafeBitCast(leaveEscaped, to: Int.self), owner),
        ]
        if threads > 1 { options.append(Self.option(.THREAD_POOL_SIZE, threads)) }
        options.append(Self.option(.END, 0))
        let flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_USE_INTERNAL_POLLING_THREAD.rawValue
            | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_ALLOW_UPGRADE.rawValue
        guard let daemon = namaskah_mhd_start(flags, access, owner, options) else {
            throw HTTPServerError(code: .start, message: "libmicrohttpd does not start")
        }
        self.daemon = daemon
    }

    private static func option(
        _ option: MHD_OPTION, _ value: Int, _ pointer: UnsafeMutableRawPointer? = nil
    ) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: value, ptr_value: pointer)
    }

    /// Refuses new connections; those there are go on.
    func stopAccepting() {
        MHD_quiesce_daemon(daemon)
        listening.refuse()
    }

    /// Ends the threads and closes what connections are left, on a thread of its own because it waits for them.
    func stop() async {
        await withCheckedContinuation { continuation in
            OSThread.start("http-stop") { [self] in
                MHD_stop_daemon(daemon)
                continuation.resume()
            }
        }
    }
}

// MARK: Callbacks

private typealias NotifyConnection =
    @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
        MHD_ConnectionNotificationCode
    ) -> Void
private typealias NotifyCompleted =
    @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
        MHD_RequestTerminationCode
    ) -> Void
private typealias TakeTarget =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer?
private typealias Unescape =
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int

private let notifyConnection: NotifyConnection = { owner, handle, context, notification in
    guard let owner, let handle, let context else { return }
    if notification == .CONNECTION_NOTIFY_STARTED {
        let core = Unmanaged<ServerCore>.fromOpaque(owner).takeUnretainedValue()
        let connection = Connection(core: core, handle: handle)
        core.opened(connection)
        context.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let pointer = context.pointee {
        context.pointee = nil
        Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue().close()
    }
}

/// The target as it was sent, before libmicrohttpd cuts it up.
private let takeTarget: TakeTarget = { _, target, handle in
    guard let target, let handle, let context = namaskah_mhd_socket_context(handle) else { return nil }
    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: target, count: strlen(target))
    connection.target.removeAll(keepingCapacity: true)
    connection.target.append(contentsOf: bytes)
    connection.beginReceiving()
    return nil
}

/// Percent-encoding is undone by `PercentCoding`, which knows what it is decoding.
private let leaveEscaped: Unescape = { _, _, text in text.map { strlen($0) } ?? 0 }

private let notifyCompleted: NotifyCompleted = { _, _, context, _ in
    guard let context, let pointer = context.pointee else { return }
    context.pointee = nil
    Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue().completed()
}

/// Called when the head has arrived, for each part of the body, and at the end of the request. Answering in the first
/// of these calls would close the connection, so only what must close it is answered there.
private func access(
    _ owner: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadLength: UnsafeMutablePointer<Int>?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let owner, let handle, let url, let method, let version, let uploadLength, let context,
        let socketContext = namaskah_mhd_socket_context(handle)
    else { return .NO }
    guard let pointer = context.pointee else {
        let core = Unmanaged<ServerCore>.fromOpaque(owner).takeUnretainedValue()
        let connection = Unmanaged<Connection>.fromOpaque(socketContext).takeUnretainedValue()
        // Method, target and version lie behind one another in one line; if the target, as far as its first NUL, does
        // not reach to the version, there is a NUL inside it.
        let isWhole = UnsafeRawPointer(version) - UnsafeRawPointer(url) == connection.target.count + 1
        let head = RequestHead(
            handle, target: connection.target, isWhole: isWhole, method: String(cString: method),
            version: String(cString: version), core: core)
        let exchange = Exchange(connection: connection, handle: handle, head: head)
        context.pointee = Unmanaged.passRetained(exchange).toOpaque()
        return head.mustClose && !exchange.start() ? .NO : .YES
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    if uploadLength.pointee > 0 {
        let isTaken = exchange.receive(UnsafeRawBufferPointer(start: upload, count: uploadLength.pointee))
        uploadLength.pointee = 0
        return isTaken ? .YES : .NO
    }
    return exchange.start() ? .YES : .NO
}
