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
                // One that is never answered is given up, as every client has a limit for it.
                let answer = ContinuousClock.now + .seconds(10)
                while !stream.isOver, !isOver(), !Task.isCancelled {
                    for event in stream.take() {
                        note(event)
                        last = event.id
                    }
                    if !stream.isOpen, ContinuousClock.now > answer { break }
                    // Cancelled only with the whole run.
                    try? await Task.sleep(for: .milliseconds(20))
                }
                for event in stream.take() {
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
                account: customer.id, event: ID(event.id) ?? .zero,
                verification: (json["verification"]?["verification_id"] ?? json["verification"]?["id"])?.stringValue
                    .flatMap { ID($0) },
                status: json["verification"]?["status"]?.stringValue))
    }
}
