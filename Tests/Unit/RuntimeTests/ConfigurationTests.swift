import Runtime
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    private func problems(_ environment: [String: String], _ read: (inout ConfigurationReader) -> Void) -> [String] {
        var reader = ConfigurationReader(environment)
        read(&reader)
        do {
            try reader.finish()
            return []
        } catch {
            return error.problems
        }
    }

    @Test("everything that is wrong is told at once")
    func tellsAll() {
        let told = problems(["PORT": "seventy", "URL": "ftp://x"]) { reader in
            _ = reader.required("KEY")
            _ = reader.integer("PORT", default: 1, in: 1...9)
            _ = reader.url("URL", schemes: ["https", "http"])
        }
        #expect(
            told == [
                "KEY is not set", "PORT must be a whole number from 1 to 9", "URL must begin with https:// or http://",
            ])
    }

    @Test("production refuses the secrets that our documents print, as keys and as passwords, however they are read")
    func refusesDevelopmentSecrets() {
        let environment = [
            "SECRET_KEY": "development-secret-key-of-32-characters-or-more", "NAMASKAH_ADMIN_KEY": "development-admin",
            "REDIS_URL": "redis://:development-redis@redis:6379", "DATABASE_URL": "postgres://gateway:own@postgres/x",
        ]
        #expect(problems(environment) { _ in }.isEmpty)
        let told = problems(environment.merging(["NAMASKAH_ENV": "production"]) { $1 }) { reader in
            _ = reader.optional("NAMASKAH_ADMIN_KEY")
        }
        #expect(told.map { $0.split(separator: " ")[0] } == ["NAMASKAH_ADMIN_KEY", "REDIS_URL", "SECRET_KEY"])
    }
}
