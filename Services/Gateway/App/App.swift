// The handlers of Gateway.
