// ControlCoreTests.
