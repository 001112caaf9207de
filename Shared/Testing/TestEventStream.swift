import Runtime
import Synchronization

/// A client of Server-Sent Events on a socket and a thread of its own: it collects what comes until it is closed.
package final class TestEventStream: Sendable {
    /// One event: its id, its name, and the text of its data.
    package struct Event: Hashable, Sendable {
        package var id = ""
        package var type = ""
        package var data = ""
    }

    private let socket: TestSocket
    private let seen = Collected<Event>()
    private let progress: Progress

    private final class Progress: Sendable {
        let isOpen = Atomic<Bool>(false)
        let isOver = Atomic<Bool>(false)
    }

    /// Every event so far.
    package var events: [Event] { seen.all }
    /// Those that came since they were last taken; a stream that is read for hours is read so, and keeps none.
    package func take() -> [Event] { seen.take() }
    /// Whether the server has begun the stream: from then on it misses nothing.
    package var isOpen: Bool { progress.isOpen.load(ordering: .acquiring) }
    /// Whether the server has ended it.
    package var isOver: Bool { progress.isOver.load(ordering: .acquiring) }

    /// Asks for the events of a customer, from after `lastEvent` on; of another gateway than the first if a port is named.
    package init(_ customer: TestCustomer, lastEvent: String? = nil, port: Int? = nil) throws {
        let socket = try TestSocket(port: port ?? customer.stack.port(.gateway))
        let progress = Progress()
        self.socket = socket
        self.progress = progress
        // HTTP/1.0 has no chunks, so that what comes is the stream itself.
        let resume = lastEvent.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        socket.write(Array("GET /events HTTP/1.0\r\nHost: stack\r\nX-API-Key: \(customer.key)\r\n\(resume)\r\n".utf8))
        OSThread.start("events") { [seen] in
            var line: [UInt8] = []
            var event = Event()
            while case let bytes = socket.read(), !bytes.isEmpty {
                for byte in bytes where byte != UInt8(ascii: "\r") {
                    if byte != UInt8(ascii: "\n") {
                        line.append(byte)
                        continue
                    }
                    let text = String(decoding: line, as: UTF8.self)
                    line = []
                    if text.hasPrefix("retry:") { progress.isOpen.store(true, ordering: .releasing) }
                    if text.hasPrefix("id: ") { event.id = String(text.dropFirst(4)) }
                    if text.hasPrefix("event: ") { event.type = String(text.dropFirst(7)) }
                    if text.hasPrefix("data: ") { event.data = String(text.dropFirst(6)) }
                    if text.isEmpty, !event.id.isEmpty {
                        seen.append(event)
                        event = Event()
                    }
                }
            }
            socket.close()
            progress.isOver.store(true, ordering: .releasing)
        }
    }

    deinit { close() }

    /// Ends it.
    package func close() {
        // The thread gives the descriptor back when it sees the end; after that the number may be somebody else's.
        if !isOver { socket.shutDown() }
    }
}
