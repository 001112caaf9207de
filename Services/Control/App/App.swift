// The handlers of Control.
