import Chaos
import TestSupport
import Testing

extension Fault {
    @Suite("Everything at once")
    struct ChaosTests {
        @Test(
            "Two hundred faults under load: nothing lost, nothing twice, and the books agree to the last micro-unit",
            .timeLimit(.minutes(15)))
        func short() async throws {
            // The same each time, so that a change is judged by itself; `make chaos` takes another each time.
            var options = Laboratory.Options(seed: 1)
            options.faults = 280
            options.duration = .seconds(60)
            options.clients = 3
            let report = try await Laboratory.run(options)
            print(report.text)
            #expect(report.faults == [], "\(report.text)")
            #expect(report.total >= 200, "\(report.text)")
            #expect(report.accepted > 20 && report.orders["completed", default: 0] > 10, "\(report.text)")
        }

        @Test("The laboratory knows every instant that the sources mark")
        func complete() async throws {
            #expect(try await markedCrashpoints() == Set(Crashpoints.all.map(\.name) + Crashpoints.ofStock))
        }
    }
}
