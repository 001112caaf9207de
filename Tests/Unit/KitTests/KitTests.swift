// KitTests.
