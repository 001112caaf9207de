// The module HTTPClient.
