// BillingCoreTests.
