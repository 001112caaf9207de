// The module Providers.
