import CLinux
import Glibc

/// One direction of a connection: what was read and has not been passed on.
struct ChaosStream {
    private var pieces: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
    private var first = 0
    private(set) var size = 0
    private var counted = 0
    /// The reader's side has said that no more comes.
    var hasEnded = false
    /// The writer's side has been told so.
    var hasToldEnd = false
    /// The writer's side takes no more for now.
    var isFull = false
    private var notBefore = ContinuousClock.now

    /// Beyond this the reader's side has to wait, as with any network.
    var wantsMore: Bool { !hasEnded && size < 1 << 20 }
    var isEmpty: Bool { size == 0 }

    mutating func put(_ bytes: ArraySlice<UInt8>, _ toxics: ChaosProxy.Toxics) {
        var delay = toxics.latency
        if toxics.jitter > .zero { delay += toxics.jitter * Double.random(in: -1...1) }
        // One behind the other, whatever chance says.
        let due = max(ContinuousClock.now + delay, pieces.last?.due ?? ContinuousClock.now)
        pieces.append((due, bytes))
        size += bytes.count
    }

    mutating func drop() {
        pieces = []
        first = 0
        size = 0
    }

    /// What came by since it was last asked.
    mutating func takeCount() -> Int {
        defer { counted = 0 }
        return counted
    }

    enum Outcome { case isIdle, waits(Duration), isBroken }

    /// Writes what is due, at most `limit` bytes; with slices one of them.
    mutating func pass(
        to target: Int32, _ now: ContinuousClock.Instant, _ toxics: ChaosProxy.Toxics, limit: inout Int?
    ) -> Outcome {
        while !isEmpty, limit != 0 {
            let due = max(pieces[first].due, notBefore)
            if due > now { return .waits(due - now) }
            if isFull { return .isIdle }
            var count = pieces[first].bytes.count
            if let slice = toxics.sliceBytes { count = min(count, max(1, slice)) }
            // A fiftieth of a second at a time.
            if let speed = toxics.bytesPerSecond { count = min(count, max(1, speed / 50)) }
            if let limit { count = min(count, limit) }
            let sent = pieces[first].bytes.prefix(count).withUnsafeBytes {
                send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else {
                guard errno == EAGAIN || errno == EINTR else { return .isBroken }
                isFull = true
                return .isIdle
            }
            take(sent)
            if let left = limit { limit = left - sent }
            if let speed = toxics.bytesPerSecond {
                notBefore = now + .seconds(1) * Double(sent) / Double(max(1, speed))
            }
            if toxics.sliceBytes != nil { return isEmpty ? .isIdle : .waits(.zero) }
        }
        return .isIdle
    }

    private mutating func take(_ count: Int) {
        counted += count
        size -= count
        pieces[first].bytes = pieces[first].bytes.dropFirst(count)
        guard pieces[first].bytes.isEmpty else { return }
        first += 1
        if first == pieces.count || first > 1000 {
            pieces.removeFirst(first)
            first = 0
        }
    }
}

/// A client's connection and the one to the server that belongs to it; used by the thread of its loop alone.
final class ChaosConnection {
    var up = ChaosStream()
    var down = ChaosStream()
    private(set) var isClosed = false
    private let client: Int32
    private let server: Int32
    private let epoll: Int32
    private let key: UInt64
    private var isConnecting = true
    /// A side that is gone; what it sent before may still be on its way.
    private var lost: Side?
    private var watched: [Side: UInt32] = [:]
    private var generation = -1
    private var left: Int?

    private enum Side { case client, server }

    init(client: Int32, server: Int32, epoll: Int32, key: UInt64) {
        self.client = client
        self.server = server
        self.epoll = epoll
        self.key = key
        var yes: Int32 = 1
        for descriptor in [client, server] {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        watch()
    }

    /// Reads what has come.
    func handle(_ events: UInt32, ofClient isClient: Bool, _ toxics: ChaosProxy.Toxics) {
        guard !isClosed else { return }
        let side: Side = isClient ? .client : .server
        let isOver = events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        if side == .server, isConnecting {
            if isOver { lost = .server }
            isConnecting = false
        } else if isClient {
            read(.client, &up, toxics, all: isOver)
            if isOver || events & EPOLLOUT.rawValue != 0 { down.isFull = false }
        } else {
            read(.server, &down, toxics, all: isOver)
            if isOver || events & EPOLLOUT.rawValue != 0 { up.isFull = false }
        }
        // Such an event is told for ever, asked for or not, and nothing comes after it.
        if isOver { forget(side) }
    }

    private func read(_ side: Side, _ stream: inout ChaosStream, _ toxics: ChaosProxy.Toxics, all: Bool) {
        let descriptor = side == .client ? client : server
        while all ? !stream.hasEnded : stream.wantsMore {
            var chunk = [UInt8](repeating: 0, count: 16_384)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                stream.put(chunk[..<count], toxics)
            } else if count == 0 {
                stream.hasEnded = true
            } else {
                if errno != EAGAIN && errno != EINTR { lost = lost ?? side }
                return
            }
        }
    }

    /// Passes on what is due; gives the time until there is more to do.
    func turn(_ now: ContinuousClock.Instant, _ orders: ChaosProxy.Orders) -> Duration? {
        guard !isClosed else { return nil }
        if generation != orders.generation {
            generation = orders.generation
            left = orders.toxics.cutAfterBytes
        }
        var waits: [Duration] = []
        if !orders.toxics.isSilent {
            // A side that is gone gets nothing more.
            if lost == .client { down.drop() }
            if lost == .server { up.drop() }
            if !isConnecting { pass(&up, to: server, now, orders.toxics, &left, &waits) }
            var unlimited: Int?
            pass(&down, to: client, now, orders.toxics, &unlimited, &waits)
            let isCut = left == 0
            let isLost = lost != nil && up.isEmpty && down.isEmpty
            if isCut || isLost { cut(reset: true) } else if up.hasToldEnd && down.hasToldEnd { cut(reset: false) }
        }
        if !isClosed { watch() }
        return isClosed ? nil : waits.min()
    }

    private func pass(
        _ stream: inout ChaosStream, to target: Int32, _ now: ContinuousClock.Instant, _ toxics: ChaosProxy.Toxics,
        _ limit: inout Int?, _ waits: inout [Duration]
    ) {
        switch stream.pass(to: target, now, toxics, limit: &limit) {
        case .waits(let wait): waits.append(wait)
        case .isBroken:
            lost = target == client ? .client : .server
            // What is on its way to the other side still arrives, in the next turn.
            stream.drop()
            waits.append(.zero)
        case .isIdle:
            if stream.isEmpty, stream.hasEnded, !stream.hasToldEnd {
                stream.hasToldEnd = true
                shutdown(target, Int32(SHUT_WR))
            }
        }
    }

    /// Ends both sides.
    func cut(reset: Bool) {
        guard !isClosed else { return }
        isClosed = true
        for descriptor in [client, server] {
            if reset {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            }
            // The kernel takes a closed descriptor out of the epoll by itself.
            close(descriptor)
        }
    }

    private func watch() {
        let wantsUp = lost == nil && up.wantsMore
        let wantsDown = lost == nil && down.wantsMore && !isConnecting
        watch(.client, (wantsUp ? EPOLLIN.rawValue : 0) | (down.isFull ? EPOLLOUT.rawValue : 0))
        watch(.server, (wantsDown ? EPOLLIN.rawValue : 0) | (up.isFull || isConnecting ? EPOLLOUT.rawValue : 0))
    }

    private static let forgotten = UInt32.max

    private func watch(_ side: Side, _ events: UInt32) {
        guard let current = watched[side] else {
            return set(side, events, EPOLL_CTL_ADD)
        }
        if current != Self.forgotten, current != events { set(side, events, EPOLL_CTL_MOD) }
    }

    private func set(_ side: Side, _ events: UInt32, _ operation: Int32) {
        watched[side] = events
        let descriptor = side == .client ? client : server
        namaskah_epoll_ctl(epoll, operation, descriptor, events, key * 2 + (side == .client ? 1 : 0))
    }

    private func forget(_ side: Side) {
        guard watched[side] != Self.forgotten else { return }
        watched[side] = Self.forgotten
        namaskah_epoll_ctl(epoll, EPOLL_CTL_DEL, side == .client ? client : server, 0, 0)
    }
}
