import Runtime

/// The real servers that tests run against; `make test` starts throw-away ones and names them here.
package enum TestEnvironment {
    /// `postgres://…`, a superuser of an empty cluster; every test makes a database of its own in it.
    package static let databaseURL = ConfigurationReader.process["NAMASKAH_TEST_DATABASE_URL"]
    /// `amqp://…`, an administrator of a broker; every test makes a vhost of its own in it.
    package static let amqpURL = ConfigurationReader.process["NAMASKAH_TEST_AMQP_URL"]
    /// The broker's management API, with user and password: `http://user:password@127.0.0.1:15672`.
    package static let amqpManagementURL = ConfigurationReader.process["NAMASKAH_TEST_AMQP_MANAGEMENT_URL"]
    /// `redis://…`; every test uses a key prefix of its own.
    package static let redisURL = ConfigurationReader.process["NAMASKAH_TEST_REDIS_URL"]
    /// Whether the whole suite can be started.
    package static let hasServers = databaseURL != nil && amqpURL != nil && amqpManagementURL != nil
}
