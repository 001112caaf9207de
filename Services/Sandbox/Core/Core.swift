// The rules of Sandbox.
