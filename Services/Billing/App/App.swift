// The handlers of Billing.
