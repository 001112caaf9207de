// GatewayCoreTests.
