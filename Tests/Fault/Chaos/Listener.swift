import JSON
import Kit
import TestSupport

/// Hears the live events of one account for the whole run: after a break it names the last event it has, as a browser
/// does, and asks for everything since.
struct Listener: Sendable {
    let customer: TestCustomer
    let history: History
    /// Made before anything was ordered: from then on nothing may be missing.
    let beginning = ID.new().description

    func run(isOver: @escaping @Sendable () -> Bool) async {
        var last = beginning
        while !isOver(), !Task.isCancelled {
            if let stream = try? TestEventStream(customer, lastEvent: last) {
                var count = 0
                // One that is never answered is given up, as every client has a limit for it.
                let answer = ContinuousClock.now + .seconds(10)
                while !stream.isOver, !isOver(), !Task.isCancelled {
                    let events = stream.events
                    for event in events[count...] {
                        note(event)
                        last = event.id
                    }
                    count = events.count
                    if !stream.isOpen, ContinuousClock.now > answer { break }
                    // Cancelled only with the whole run.
                    try? await Task.sleep(for: .milliseconds(20))
                }
                for event in stream.events[count...] {
                    note(event)
                    last = event.id
                }
                stream.close()
            }
            // A gateway that is dead is asked again.
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func note(_ event: TestEventStream.Event) {
        // What is no JSON has no members, and is missed below.
        let json = (try? JSON(parsing: event.data)) ?? .null
        history.heard(
            History.Told(
                account: customer.id, event: event.id, type: event.type,
                verification: json["verification"]?["verification_id"]?.stringValue
                    ?? json["verification"]?["id"]?.stringValue,
                request: nil, status: json["verification"]?["status"]?.stringValue, at: .now))
    }
}
