// The rules of Verification.
