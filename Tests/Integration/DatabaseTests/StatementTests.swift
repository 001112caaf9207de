import Database
import Kit
import Runtime
import Testing

extension DatabaseIntegration {
    @Suite struct StatementTests {
        @Test("A statement binds its values and gives back its rows")
        func roundTrip() async throws {
            try await withDatabase { database, _ in
                #expect(try await database.value(Int.self, "SELECT \(20) + \(22)") == 42)
            }
        }
    }
}
