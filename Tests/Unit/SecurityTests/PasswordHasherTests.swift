import Testing

@testable import Security

@Suite struct PasswordHasherTests {
    /// Cheap enough that a hundred of them are nothing; the strength is not what is tested.
    static let cheap = PasswordHasher.Cost(passes: 1, bytes: 8192)

    @Test("a password is right against its own hash and wrong against any other")
    func roundTrip() async throws {
        let hasher = PasswordHasher(cost: Self.cheap)
        let hash = try await hasher.hash("correct horse")
        #expect(hash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(try await hasher.verify("correct horse", against: hash) == .init(isCorrect: true, needsRehash: false))
        for wrong in ["correct hors", "correct horse ", "Correct horse", "", "correct horse\0"] {
            #expect(try await !hasher.verify(wrong, against: hash).isCorrect)
        }
        #expect(try await hasher.hash("correct horse") != hash)
    }

    @Test("a hash made by the reference implementation is understood")
    func vector() async throws {
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
        let hasher = PasswordHasher(cost: Self.cheap)
        #expect(try await hasher.verify("password", against: hash) == .init(isCorrect: true, needsRehash: true))
        #expect(try await !hasher.verify("passwore", against: hash).isCorrect)
    }

    @Test("a password that was right at another cost is to be hashed again")
    func rehash() async throws {
        let old = try await PasswordHasher(cost: Self.cheap).hash("secret")
        let hasher = PasswordHasher(cost: .init(passes: 2, bytes: 16384))
        #expect(try await hasher.verify("secret", against: old) == .init(isCorrect: true, needsRehash: true))
        #expect(try await hasher.verify("wrong", against: old) == .init(isCorrect: false, needsRehash: false))
        let new = try await hasher.hash("secret")
        #expect(try await hasher.verify("secret", against: new) == .init(isCorrect: true, needsRehash: false))
    }

    @Test("a user who does not exist is refused after the work of one who does")
    func unknownUser() async throws {
        let hasher = PasswordHasher(cost: .init(passes: 2, bytes: 1 << 20))
        #expect(try await hasher.verify("x", against: nil) == .init(isCorrect: false, needsRehash: false))
        // The work is set by the decoy's parameters: libsodium reads it, at the very cost of a real hash.
        let real = try await hasher.hash("x")
        #expect(!PasswordHasher.isOld(hasher.decoy, hasher.cost))
        #expect(hasher.decoy.split(separator: "$").map(\.count) == real.split(separator: "$").map(\.count))
        #expect(hasher.decoy.split(separator: "$").prefix(3) == real.split(separator: "$").prefix(3))
        #expect(PasswordHasher(cost: hasher.cost).decoy != hasher.decoy)
    }

    @Test("what is stored and no hash is wrong, not fatal", arguments: ["", "x", "$argon2id$", "$argon2i$v=19$m=8"])
    func garbage(_ stored: String) async throws {
        let hasher = PasswordHasher(cost: Self.cheap)
        #expect(try await !hasher.verify("x", against: stored).isCorrect)
        #expect(try await !hasher.verify("x", against: stored + String(repeating: "y", count: 500)).isCorrect)
    }

    @Test("a password beyond the limit is never hashed and never right")
    func tooLong() async throws {
        let hasher = PasswordHasher(cost: Self.cheap)
        let longest = String(repeating: "x", count: PasswordHasher.longestPassword)
        let hash = try await hasher.hash(longest)
        #expect(try await hasher.verify(longest, against: hash).isCorrect)
        #expect(try await !hasher.verify(longest + "x", against: hash).isCorrect)
        await #expect(throws: SecurityError.self) { try await hasher.hash(longest + "x") }
        // The empty password, which a longer one is checked as, must not open an account that has it either.
        let empty = try await hasher.hash("")
        #expect(try await !hasher.verify(longest + "x", against: empty).isCorrect)
    }

    @Test("many at once are all answered, and beyond the queue the rest are told so at once")
    func bounded() async throws {
        let patient = PasswordHasher(cost: Self.cheap, threads: 2, queue: 200)
        let hash = try await patient.hash("secret")
        let right = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    (try? await patient.verify(index % 2 == 0 ? "secret" : "x", against: hash).isCorrect) == true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 100)

        let strict = PasswordHasher(cost: .init(passes: 2, bytes: 16 << 20), threads: 1, queue: 2)
        let codes = await withTaskGroup(of: SecurityError.Code?.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do throws(SecurityError) {
                        _ = try await strict.hash("secret")
                        return nil
                    } catch { return error.code }
                }
            }
            return await group.reduce(into: [SecurityError.Code?]()) { $0.append($1) }
        }
        #expect(codes.contains(nil))
        #expect(codes.contains(.busy))
        #expect(codes.allSatisfy { $0 == nil || $0 == .busy })
        // And it works again afterwards.
        #expect(try await strict.hash("secret").hasPrefix("$argon2id$"))
    }
}
