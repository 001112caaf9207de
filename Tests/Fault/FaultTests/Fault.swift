import TestSupport
import Testing

/// What must hold whatever dies: nothing lost, nothing bought or charged twice.
@Suite("Faults", .serialized, .enabled(if: TestEnvironment.hasServers))
enum Fault {}
