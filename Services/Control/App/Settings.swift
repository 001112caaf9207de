import ControlCore
import Glibc
import Runtime

/// The settings of a command: from the environment, and what is missing there from the file of a local stack.
package struct Settings: Sendable {
    private let values: [String: String]
    /// Where the rest came from, for the one who wonders; nil when there was no file.
    package let file: String?

    package init(_ values: [String: String], file: String? = nil) {
        self.values = values
        self.file = file
    }

    /// Those of this process. The stack is the one that `NAMASKAH_LOCAL` names, else that of the working directory or
    /// the nearest one above, else that which this program was built or linked into.
    package static func ofProcess() -> Settings {
        let environment = ConfigurationReader.process.filter { !$0.value.isEmpty }
        var places: [String] = []
        if let stack = environment["NAMASKAH_LOCAL"] { places.append("\(stack)/env") }
        if let here = canonical(".") { places += upward(from: here) }
        if let started = CommandLine.arguments.first, started.contains("/") {
            // `bin/` of a stack holds a link to us, and its file stands beside that directory.
            let directory = started.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            if let stack = canonical(directory.joined(separator: "/") + "/..") { places.append("\(stack)/env") }
        }
        if let program = canonical("/proc/self/exe") { places += upward(from: program) }

        for place in places {
            guard let text = contents(of: place) else { continue }
            let settings = EnvironmentFile.settings(in: text)
            guard settings["NAMASKAH_URL"] != nil else { continue }
            return Settings(settings.merging(environment) { _, own in own }, file: place)
        }
        return Settings(environment)
    }

    /// A setting that the command cannot do without.
    func required(_ key: String) throws(CommandFailure) -> String {
        if let value = values[key], !value.isEmpty { return value }
        throw CommandFailure(
            "\(key) is not set",
            file.map { "It is neither in the environment nor in \($0)." }
                ?? "It is not in the environment, and no .local/env was found; 'make up' starts a local stack.",
            exitCode: 2)
    }

    /// A setting that must be a URL of the scheme.
    func url(_ key: String, scheme: String) throws(CommandFailure) -> String {
        var value = try required(key)
        while value.last == "/" { value.removeLast() }
        // `https` begins with `http`, `postgresql` with `postgres`.
        guard value.hasPrefix(scheme), value.contains("://") else {
            throw CommandFailure("\(key) must begin with \(scheme)://", exitCode: 2)
        }
        return value
    }

    private static func upward(from path: String) -> [String] {
        let steps = path.split(separator: "/")
        return (0...steps.count).reversed().map { count in
            steps.prefix(count).map { "/\($0)" }.joined() + "/.local/env"
        }
    }

    private static func canonical(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A small text file; nil when there is none, or none we may read.
    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
