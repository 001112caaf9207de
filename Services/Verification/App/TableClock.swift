import Choosing
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
        let beginning = beginning
        let first = try await database.persistently { try await Self.origin(of: beginning, database).moment }
        origin = Mutex(first)
    }

    var now: Timestamp { origin.withLock { $0 } + beginning.duration(to: .now) }

    func read() async throws {
        let (moment, error) = try await Self.origin(of: beginning, database)
        // From an answer that took so long, or from a process that stood still meanwhile, there is nothing to learn.
        guard error < .milliseconds(100) else { return }
        origin.withLock { $0 = moment }
    }

    /// What the database's clock showed at `beginning`, and by how much that may be wrong: it was read somewhere between
    /// the question and the answer.
    private static func origin(
        of beginning: ContinuousClock.Instant, _ database: Database
    ) async throws -> (moment: Timestamp, error: Duration) {
        let asked = ContinuousClock.now
        guard let told = try await database.value(Timestamp.self, "SELECT clock_timestamp()") else {
            throw DatabaseError(.decoding, "the database does not tell the time")
        }
        let error = asked.duration(to: .now) / 2
        return (told - beginning.duration(to: asked + error), error)
    }
}
