/// LISTEN, on a connection of its own that is opened for the first listener.
///
/// A notification is a hint: those sent while the connection is away are lost. So a listener gets an empty text each
/// time that listening has begun (anew), and looks for itself.
struct Listening {
    struct Subscriber {
        let channel: String
        let stream: AsyncStream<String>.Continuation
    }

    var subscribers: [UInt64: Subscriber] = [:]
    /// The channels that the server has confirmed on the present connection.
    var heard: Set<String> = []
    /// The channels asked for on the present connection.
    var asked: Set<String> = []

    var isWanted: Bool { !subscribers.isEmpty }
}

extension Pool {
    func listen(_ id: UInt64, _ channel: String, _ stream: AsyncStream<String>.Continuation) {
        guard !isStopping else { return stream.finish() }
        listening.subscribers[id] = .init(channel: channel, stream: stream)
        let slot = slots[listeningSlot]
        if let connection = slot.connection {
            if listening.heard.contains(channel) {
                stream.yield("")
            } else {
                ask(for: channel, on: connection)
            }
        } else if !slot.isConnecting, slot.retryAt == nil {
            connect(listeningSlot)
        }
    }

    func unlisten(_ id: UInt64) {
        guard let gone = listening.subscribers.removeValue(forKey: id) else { return }
        guard let connection = slots[listeningSlot].connection, listening.asked.contains(gone.channel),
            !listening.subscribers.values.contains(where: { $0.channel == gone.channel })
        else { return }
        listening.asked.remove(gone.channel)
        listening.heard.remove(gone.channel)
        send(Request(.statements(["UNLISTEN \(identifier: gone.channel)"])), on: connection)
    }

    func resumeListening() {
        guard let connection = slots[listeningSlot].connection else { return }
        for channel in Set(listening.subscribers.values.map(\.channel)) { ask(for: channel, on: connection) }
    }

    func stopHearing() {
        listening.asked = []
        listening.heard = []
    }

    func endListening() {
        for subscriber in listening.subscribers.values { subscriber.stream.finish() }
        listening.subscribers = [:]
    }

    func deliverNotifications(of connection: PostgresConnection) {
        for (channel, payload) in connection.notifications() { tell(channel, payload) }
    }

    private func ask(for channel: String, on connection: PostgresConnection) {
        guard listening.asked.insert(channel).inserted else { return }
        let request = Request(.statements(["LISTEN \(identifier: channel)"]))
        request.ended = { [weak self] error in
            guard error == nil, let self, listening.asked.contains(channel) else { return }
            listening.heard.insert(channel)
            tell(channel, "")
        }
        send(request, on: connection)
    }

    private func tell(_ channel: String, _ payload: String) {
        for subscriber in listening.subscribers.values where subscriber.channel == channel {
            subscriber.stream.yield(payload)
        }
    }
}
