// SecurityTests.
