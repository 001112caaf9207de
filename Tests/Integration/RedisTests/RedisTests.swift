// RedisTests.
