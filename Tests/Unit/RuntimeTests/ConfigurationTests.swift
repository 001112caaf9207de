import Kit
import Runtime
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    @Test("everything that is missing or wrong is told in one error, in the order it was asked for")
    func everythingAtOnce() {
        var settings = ConfigurationReader([
            "EMPTY": "", "COUNT": "many", "FAR": "65", "FLAG": "maybe", "URL": "http://x", "SHORT": "abc",
            "PAUSE": "-1",
        ])
        let missing = settings.required("MISSING")
        let empty = settings.required("EMPTY")
        #expect(missing == "" && empty == "")
        let count = settings.integer("COUNT", default: 2, in: 1...64)
        #expect(count == 2)
        let far = settings.integer("FAR", default: 3, in: 1...64)
        #expect(far == 3)
        let flag = settings.boolean("FLAG", default: true)
        #expect(flag)
        let url = settings.url("URL", schemes: ["postgres", "postgresql"])
        #expect(url == "http://x")
        let short = settings.secret("SHORT")
        #expect(short == "abc")
        let pause = settings.milliseconds("PAUSE", default: .seconds(2))
        #expect(pause == .seconds(2))
        settings.refuse("MODE", "must be one of two")
        let error = #expect(throws: ConfigurationError.self) { try settings.finish() }
        #expect(
            error?.problems == [
                "MISSING is not set", "EMPTY is not set", "COUNT must be a whole number from 1 to 64",
                "FAR must be a whole number from 1 to 64", "FLAG must be true or false",
                "URL must begin with postgres:// or postgresql://", "SHORT must have at least 32 characters",
                "PAUSE must be a whole number from 1 to 86400000", "MODE must be one of two",
            ])
        #expect(error?.description.split(separator: "\n").count == 11)
        #expect(error?.description.contains("  - COUNT must be") == true)
    }

    @Test("what is set is taken, what is not has its usual value")
    func values() throws {
        var settings = ConfigurationReader([
            "TEXT": "a", "COUNT": "64", "YES": "on", "NO": "0", "URL": "amqp://h", "PAUSE": "1500",
            "KEY": String(repeating: "k", count: 32), "EMPTY": "",
        ])
        let text = settings.required("TEXT")
        #expect(text == "a" && settings.optional("TEXT") == "a")
        #expect(settings.optional("EMPTY") == nil && settings.optional("NONE") == nil)
        #expect(settings.string("NONE", default: "b") == "b" && settings.string("TEXT", default: "b") == "a")
        let count = settings.integer("COUNT", default: 1, in: 1...64)
        #expect(count == 64)
        let usualCount = settings.integer("NONE", default: 7, in: 1...64)
        #expect(usualCount == 7)
        let yes = settings.boolean("YES", default: false)
        let no = settings.boolean("NO", default: true)
        #expect(yes && !no)
        let usualSwitch = settings.boolean("NONE", default: true)
        #expect(usualSwitch)
        let url = settings.url("URL", schemes: ["amqp", "amqps"])
        #expect(url == "amqp://h")
        let usualURL = settings.url("NONE", schemes: ["http"], default: "http://d")
        #expect(usualURL == "http://d")
        let pause = settings.milliseconds("PAUSE", default: .seconds(1))
        #expect(pause == .milliseconds(1500))
        let usualPause = settings.milliseconds("NONE", default: .seconds(1))
        #expect(usualPause == .seconds(1))
        let key = settings.secret("KEY")
        #expect(key.utf8.count == 32)
        try settings.finish()
    }

    @Test("in production a secret out of the documents is refused, elsewhere it will do")
    func production() throws {
        let secret = "development-" + String(repeating: "x", count: 32)
        for (environment, isRefused) in [("production", true), ("development", false), ("", false)] {
            var settings = ConfigurationReader(["NAMASKAH_ENV": environment, "KEY": secret])
            #expect(settings.isProduction == isRefused)
            _ = settings.secret("KEY")
            if isRefused {
                let error = #expect(throws: ConfigurationError.self) { try settings.finish() }
                #expect(error?.problems == ["KEY holds a development secret; make one of your own"])
            } else {
                try settings.finish()
            }
        }
    }

    @Test("the environment of the process is read as it is")
    func process() {
        #expect(ConfigurationReader.process["PATH"]?.isEmpty == false)
    }

    @Test("production refuses the secrets that our documents print, as keys and as passwords, however they are read")
    func developmentSecrets() {
        func problems(_ environment: [String: String]) -> [String] {
            let settings = ConfigurationReader(environment)
            _ = settings.optional("NAMASKAH_ADMIN_KEY")
            do {
                try settings.finish()
                return []
            } catch {
                return error.problems
            }
        }
        let environment = [
            "SECRET_KEY": "development-secret-key-of-32-characters-or-more", "NAMASKAH_ADMIN_KEY": "development-admin",
            "REDIS_URL": "redis://:development-redis@redis:6379", "DATABASE_URL": "postgres://gateway:own@postgres/x",
        ]
        #expect(problems(environment).isEmpty)
        let told = problems(environment.merging(["NAMASKAH_ENV": "production"]) { $1 })
        #expect(told.map { $0.split(separator: " ")[0] } == ["NAMASKAH_ADMIN_KEY", "REDIS_URL", "SECRET_KEY"])
    }
}
