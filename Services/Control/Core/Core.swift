// The rules of Control.
