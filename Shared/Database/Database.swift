// The module Database.
