import CHiredis
import CLinux
import Glibc
import Kit

/// One connection of hiredis, used by one thread alone; closed with the value.
struct RedisConnection: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>

    private init(_ context: UnsafeMutablePointer<redisContext>) { self.context = context }

    /// Connects, authenticates, chooses the database: all within a few times `timeout`.
    static func open(_ address: RedisAddress, timeout: Duration) throws(RedisError) -> RedisConnection {
        let limit = timeval(
            tv_sec: Int(timeout.microseconds / 1_000_000), tv_usec: Int(timeout.microseconds % 1_000_000))
        guard let context = redisConnectWithTimeout(address.host, Int32(address.port), limit) else {
            throw RedisError(.unavailable, "hiredis is out of memory.")
        }
        let connection = RedisConnection(context)
        guard context.pointee.err == 0 else { throw RedisError(.unavailable, message(context)) }
        redisSetTimeout(context, limit)
        redisEnableKeepAlive(context)
        var greeting: [[[UInt8]]] = []
        if let password = address.password {
            greeting.append((["AUTH"] + (address.user.map { [$0] } ?? []) + [password]).map { Array($0.utf8) })
        }
        if address.database != 0 { greeting.append(["SELECT", String(address.database)].map { Array($0.utf8) }) }
        for command in greeting { connection.append(command) }
        for _ in greeting {
            if case .error(let text) = try connection.next() { throw RedisError(.refused, text) }
        }
        return connection
    }

    deinit { redisFree(context) }

    /// Puts a command into the output buffer.
    func append(_ arguments: [[UInt8]]) {
        // One block of all arguments, and pointers into it: hiredis copies before it returns.
        let block = arguments.flatMap { $0 }
        block.withUnsafeBytes { bytes in
            var starts: [UnsafePointer<CChar>?] = []
            var offset = 0
            // An empty block has no address, and hiredis reads nothing from it but wants one.
            let base = bytes.baseAddress ?? UnsafeRawPointer(context)
            for argument in arguments {
                starts.append((base + offset).assumingMemoryBound(to: CChar.self))
                offset += argument.count
            }
            let lengths = arguments.map(\.count)
            let status = redisAppendCommandArgv(context, Int32(arguments.count), &starts, lengths)
            precondition(status == REDIS_OK, "hiredis is out of memory")
        }
    }

    /// Writes what was appended, if anything is left to write, and waits for the next answer.
    func next() throws(RedisError) -> RedisReply {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReply(context, &reply) == REDIS_OK, let reply else {
            throw RedisError(.connectionLost, Self.message(context))
        }
        defer { freeReplyObject(reply) }
        return RedisReply(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self)))
    }

    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        withUnsafeBytes(of: &context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
