// VerificationCoreTests.
