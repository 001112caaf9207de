// The handlers of Verification.
