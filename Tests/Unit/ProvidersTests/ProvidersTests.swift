// ProvidersTests.
