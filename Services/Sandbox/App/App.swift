// The handlers of Sandbox.
