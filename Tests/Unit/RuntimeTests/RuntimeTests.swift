// RuntimeTests.
