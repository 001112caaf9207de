// BusTests.
