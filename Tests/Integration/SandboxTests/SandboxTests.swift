// SandboxTests.
