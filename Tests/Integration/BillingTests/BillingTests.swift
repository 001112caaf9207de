// BillingTests.
