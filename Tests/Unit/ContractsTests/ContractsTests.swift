// ContractsTests.
