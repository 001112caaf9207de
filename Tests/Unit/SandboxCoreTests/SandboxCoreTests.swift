// SandboxCoreTests.
