// DatabaseTests.
