// The rules of Gateway.
