// The rules of Billing.
