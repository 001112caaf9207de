// The module Codes.
