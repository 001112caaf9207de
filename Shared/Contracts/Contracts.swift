// The module Contracts.
