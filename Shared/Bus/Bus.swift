// The module Bus.
