import Glibc
import Synchronization

/// What the laboratory did and when, line by line in a file beside the logs of the services.
final class Diary: Sendable {
    let path: String
    private let start = ContinuousClock.now
    private let isLoud: Bool
    private let lock = Mutex(())

    init(_ path: String, isLoud: Bool) {
        self.path = path
        self.isLoud = isLoud
    }

    func note(_ words: String) {
        let passed = (ContinuousClock.now - start).components
        let line = "\(passed.seconds).\(passed.attoseconds / 100_000_000_000_000_000) \(words)\n"
        lock.withLock { _ in
            // Without the file the run is as good, and only harder to understand.
            guard let file = fopen(path, "ae") else { return }
            fputs(line, file)
            fclose(file)
        }
        if isLoud { print(line, terminator: "") }
    }
}
