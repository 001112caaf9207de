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
        let value1 = settings.required("MISSING")
        let value2 = settings.required("EMPTY")
        #expect(value1 == "" && value2 == "")
        let value3 = settings.integer("COUNT", default: 2, in: 1...64)
        #expect(value3 == 2)
        let value4 = settings.integer("FAR", default: 3, in: 1...64)
        #expect(value4 == 3)
        let value5 = settings.boolean("FLAG", default: true)
        #expect(value5)
        let value6 = settings.url("URL", schemes: ["postgres", "postgresql"])
        #expect(value6 == "http://x")
        let value7 = settings.secret("SHORT")
        #expect(value7 == "abc")
        let value8 = settings.milliseconds("PAUSE", default: .seconds(2))
        #expect(value8 == .seconds(2))
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
        let value9 = settings.required("TEXT")
        #expect(value9 == "a" && settings.optional("TEXT") == "a")
        #expect(settings.optional("EMPTY") == nil && settings.optional("NONE") == nil)
        #expect(settings.string("NONE", default: "b") == "b" && settings.string("TEXT", default: "b") == "a")
        let value10 = settings.integer("COUNT", default: 1, in: 1...64)
        #expect(value10 == 64)
        let value11 = settings.integer("NONE", default: 7, in: 1...64)
        #expect(value11 == 7)
        let value12 = settings.boolean("YES", default: false)
        let value13 = settings.boolean("NO", default: true)
        #expect(value12 && !value13)
        let value14 = settings.boolean("NONE", default: true)
        #expect(value14)
        let value15 = settings.url("URL", schemes: ["amqp", "amqps"])
        #expect(value15 == "amqp://h")
        let value16 = settings.url("NONE", schemes: ["http"], default: "http://d")
        #expect(value16 == "http://d")
        let value17 = settings.milliseconds("PAUSE", default: .seconds(1))
        #expect(value17 == .milliseconds(1500))
        let value18 = settings.milliseconds("NONE", default: .seconds(1))
        #expect(value18 == .seconds(1))
        let value19 = settings.secret("KEY")
        #expect(value19.utf8.count == 32)
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
                #expect(error?.problems == ["KEY is a development secret; make one of your own"])
            } else {
                try settings.finish()
            }
        }
    }

    @Test("the environment of the process is read as it is")
    func process() {
        #expect(ConfigurationReader.process["PATH"]?.isEmpty == false)
    }
}
