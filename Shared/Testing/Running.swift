import Runtime
import Synchronization

/// Runs services around `body`, as a service group would: started together, stopped one after the other in reverse.
/// A service that ends early, or throws, fails the test.
package func running<Result: Sendable>(
    _ services: [any Service], _ body: @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Int.self) { group in
        for (index, service) in services.enumerated() {
            group.addTask {
                try await service.run()
                return index
            }
        }
        let result: Result
        do {
            result = try await body()
        } catch {
            for service in services { service.stop() }
            group.cancelAll()
            throw error
        }
        for index in services.indices.reversed() {
            services[index].stop()
            guard let ended = try await group.next(), ended == index else { throw EndedEarly() }
        }
        return result
    }
}

/// A service ended although nobody had asked it to.
package struct EndedEarly: Error, Sendable {}

/// Waits until something comes true; false when it has not within the limit, or when the test was cancelled.
package func eventually(
    within limit: Duration = .seconds(30), every pause: Duration = .milliseconds(10),
    _ condition: @Sendable () async -> Bool
) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline, !Task.isCancelled {
        if await condition() { return true }
        // Cancellation ends the loop above.
        try? await Task.sleep(for: pause)
    }
    return await condition()
}

/// A place where concurrent parts of a test put what they saw.
package final class Collected<Element: Sendable>: Sendable {
    private let storage = Mutex<[Element]>([])
    package init() {}
    package func append(_ element: Element) { storage.withLock { $0.append(element) } }
    package func append(contentsOf elements: [Element]) { storage.withLock { $0 += elements } }
    /// Gives what is there, and keeps none of it.
    package func take() -> [Element] {
        storage.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
    package var all: [Element] { storage.withLock { $0 } }
    package var count: Int { storage.withLock { $0.count } }
}
