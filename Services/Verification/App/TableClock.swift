import Database
import Kit
import Synchronization

/// The time by the clock of the database, which all workers share, counted on from its last word by a clock that nobody
/// sets. What one worker writes down as a moment, another reads, and statements compare it with `now()`: by the time of
/// day of a machine that was an hour ahead for a second, a purchase would be tried again an hour late.
///
/// It is read before anything is decided and every half minute after that, so that it may step by what the one clock
/// gained on the other meanwhile.
final class TableClock: Sendable {
    private let database: Database
    private let beginning = ContinuousClock.now
    /// What the database's clock showed at our beginning.
    private let origin: Mutex<Timestamp>

    /// Waits for the database.
    init(_ database: Database) async throws {
        self.database = database
        origin = Mutex(.now)
        try await database.persistently { try await self.read() }
    }

    var now: Timestamp { origin.withLock { $0 } + beginning.duration(to: .now) }

    func read() async throws {
        let asked = ContinuousClock.now
        guard let told = try await database.value(Timestamp.self, "SELECT clock_timestamp()") else { return }
        // It was read somewhere between the question and the answer.
        let age = asked.duration(to: .now) / 2
        let moment = told + age - beginning.duration(to: .now)
        origin.withLock { $0 = moment }
    }
}
