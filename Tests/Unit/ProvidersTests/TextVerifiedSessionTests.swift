import Kit
@testable import Providers
import Synchronization
import Testing

/// The token: one login for all who wait, in good time.
@Suite struct TextVerifiedSessionTests {
    private final class Desk: Sendable {
        let logins = Atomic<Int>(0)
        let clock = Mutex(ContinuousClock.now)

        func session() -> TextVerifiedSession { TextVerifiedSession(now: { self.clock.withLock { $0 } }) }
        func pass(_ duration: Duration) { clock.withLock { $0 = $0 + duration } }

        func login(_ lifetime: Duration = .seconds(899)) -> TextVerifiedSession.Login {
            {
                let number = self.logins.wrappingAdd(1, ordering: .relaxed).newValue
                return .success(
                    .init(token: "t\(number)", lifetime: lifetime, askedAt: self.clock.withLock { $0 }))
            }
        }
    }

    @Test("However many wait, there is one login")
    func together() async throws {
        let desk = Desk()
        let session = desk.session()
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    // A failed login has no token, which the comparison below finds.
                    try? await session.token(desk.login())
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(tokens.count == 50 && tokens.allSatisfy { $0 == "t1" })
        #expect(desk.logins.load(ordering: .relaxed) == 1)
    }

    @Test("A token is replaced a minute before its end")
    func refresh() async throws {
        let desk = Desk()
        let session = desk.session()
        #expect(try await session.token(desk.login()) == "t1")
        desk.pass(.seconds(838))
        #expect(try await session.token(desk.login()) == "t1")
        desk.pass(.seconds(2))
        #expect(try await session.token(desk.login()) == "t2")
    }

    @Test("A token that lives for a moment is used for half of it")
    func short() async throws {
        let desk = Desk()
        let session = desk.session()
        #expect(try await session.token(desk.login(.seconds(10))) == "t1")
        desk.pass(.seconds(4))
        #expect(try await session.token(desk.login(.seconds(10))) == "t1")
        desk.pass(.seconds(2))
        #expect(try await session.token(desk.login(.seconds(10))) == "t2")
    }

    @Test("A token that was turned down is replaced once, for all who had it")
    func refused() async throws {
        let desk = Desk()
        let session = desk.session()
        #expect(try await session.token(desk.login()) == "t1")
        #expect(try await session.token(otherThan: "t1", desk.login()) == "t2")
        #expect(try await session.token(otherThan: "t1", desk.login()) == "t2")
        #expect(desk.logins.load(ordering: .relaxed) == 2)
    }

    @Test("A failed login is told to who asked, and not to who asks later")
    func failure() async throws {
        let desk = Desk()
        let session = desk.session()
        let error = await #expect(throws: ProviderError.self) {
            try await session.token { .failure(ProviderError(.down, endpoint: "login")) }
        }
        #expect(error?.kind == .down)
        #expect(try await session.token(desk.login()) == "t1")
    }
}
