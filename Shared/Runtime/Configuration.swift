import CLinux
import Glibc
import Kit

/// Reads settings out of the environment, once, and tells of everything that is wrong at once.
///
///     var settings = ConfigurationReader(.process)
///     let url = settings.required("DATABASE_URL")
///     let workers = settings.integer("WORKERS", default: 2, in: 1...64)
///     try settings.finish()
package struct ConfigurationReader: Sendable {
    private let environment: [String: String]
    private var problems: [String] = []

    package init(_ environment: [String: String]) { self.environment = environment }

    /// The environment of this process.
    package static var process: [String: String] {
        var result: [String: String] = [:]
        var pointer = environ
        while let entry = pointer.pointee {
            let pair = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            pointer += 1
        }
        return result
    }

    /// `production` refuses what is fit only for trying out; anything else is a development machine.
    package var isProduction: Bool { environment["NAMASKAH_ENV"] == "production" }

    /// Notes that a setting is wrong; `finish` will say so.
    package mutating func refuse(_ key: String, _ message: String) { problems.append("\(key) \(message)") }

    /// A setting that must be there. Returns the empty string when it is not, after noting so.
    package mutating func required(_ key: String) -> String {
        guard let value = environment[key], !value.isEmpty else {
            refuse(key, "is not set")
            return ""
        }
        return value
    }

    package func optional(_ key: String) -> String? {
        guard let value = environment[key], !value.isEmpty else { return nil }
        return value
    }

    package func string(_ key: String, default fallback: String) -> String { optional(key) ?? fallback }

    package mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = optional(key) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            refuse(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    package mutating func boolean(_ key: String, default fallback: Bool) -> Bool {
        switch optional(key) {
        case nil: return fallback
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            refuse(key, "must be true or false")
            return fallback
        }
    }

    /// A whole number of milliseconds.
    package mutating func milliseconds(
        _ key: String, default fallback: Duration, in range: ClosedRange<Int> = 1...86_400_000
    ) -> Duration {
        .milliseconds(integer(key, default: Int(fallback.milliseconds), in: range))
    }

    /// An amount of US dollars that is no debt.
    package mutating func money(_ key: String, default fallback: Money) -> Money {
        guard let text = optional(key) else { return fallback }
        guard let amount = Money(text), amount >= .zero else {
            refuse(key, "must be an amount of US dollars such as 10 or 0.012")
            return fallback
        }
        return amount
    }

    /// A URL that begins with one of the schemes.
    package mutating func url(_ key: String, schemes: [String], default fallback: String? = nil) -> String {
        let value = fallback.map { string(key, default: $0) } ?? required(key)
        if !value.isEmpty, !schemes.contains(where: { value.hasPrefix("\($0)://") }) {
            refuse(key, "must begin with \(schemes.map { "\($0)://" }.joined(separator: " or "))")
        }
        return value
    }

    /// A secret of at least `bytes` bytes. That it is not one of those printed in our documents, `finish` sees to.
    package mutating func secret(_ key: String, minimum bytes: Int = 32) -> String {
        let value = required(key)
        if !value.isEmpty, value.utf8.count < bytes { refuse(key, "must have at least \(bytes) characters") }
        return value
    }

    /// Throws one error that names every setting that is missing or wrong.
    package func finish() throws(ConfigurationError) {
        let problems = problems + (isProduction ? developmentSecrets : [])
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
    }

    /// Settings that hold a secret which our documents print, as such or as the password in a URL, by whatever way they
    /// were read.
    private var developmentSecrets: [String] {
        environment.filter { $0.value.hasPrefix("development-") || $0.value.contains(":development-") }
            .keys.sorted().map { "\($0) holds a development secret; make one of your own" }
    }
}

/// Every setting that is missing or wrong.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible, Sendable {
    package let problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var description: String {
        "The configuration is not usable:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
            + "\nREADME § Configuration lists every setting."
    }
}
