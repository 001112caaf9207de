// HTTPTests.
