import JSON
import Kit
import Synchronization

/// An event on its way to clients. What they read is made once, by the first of them, however many they are. Making it is
/// not inlined into their tasks: what it needs for a moment would be kept by each of them for as long as it waits.
final class LiveUpdate: Sendable {
    let event: LiveEvent
    private let json = Mutex<[UInt8]?>(nil)
    private let frame = Mutex<[UInt8]?>(nil)

    init(_ event: LiveEvent) { self.event = event }

    /// As a WebSocket carries it.
    @inline(never) func body(_ personalData: PersonalData) throws -> [UInt8] {
        try json.withLock { json in
            if let json { return json }
            let made = try event.body(personalData).json
            json = made
            return made
        }
    }

    /// As one of the Server-Sent Events.
    @inline(never) func frame(_ personalData: PersonalData) throws -> [UInt8] {
        let body = try body(personalData)
        return frame.withLock { frame in
            if let frame { return frame }
            let made = Array("id: \(event.id)\nevent: \(event.type)\ndata: ".utf8) + body + Array("\n\n".utf8)
            frame = made
            return made
        }
    }
}
