import Kit
import Synchronization

/// The process's figures, in the Prometheus text format. Handles are made once and updated without a lock.
package final class Metrics: Sendable {
    private struct Family: Sendable {
        let help: String
        let type: String
        var series: [(labels: String, render: @Sendable (String, String) -> String)] = []
    }

    private let families = Mutex<[String: Family]>([:])
    private let handles = Mutex<[String: any Sendable]>([:])

    package init() {}

    /// A figure that only grows. The same name and labels give the same handle.
    package func counter(_ name: String, _ help: String, _ labels: [(String, String)] = []) -> Counter {
        handle(name, help, "counter", labels, make: Counter.init) { counter in
            { name, labels in "\(name)\(labels) \(counter.value)\n" }
        }
    }

    /// A figure that goes up and down.
    package func gauge(_ name: String, _ help: String, _ labels: [(String, String)] = []) -> Gauge {
        handle(name, help, "gauge", labels, make: Gauge.init) { gauge in
            { name, labels in "\(name)\(labels) \(gauge.value.isNaN ? "NaN" : "\(gauge.value)")\n" }
        }
    }

    /// How durations are spread, in seconds, over buckets from 1 ms to 60 s.
    package func histogram(_ name: String, _ help: String, _ labels: [(String, String)] = []) -> Histogram {
        handle(name, help, "histogram", labels, make: Histogram.init) { histogram in
            { name, labels in histogram.render(name, labels) }
        }
    }

    /// A figure that is read whenever the figures are told; nothing is told while there is none. `type` is Prometheus's
    /// word for it. The first reading under a name and labels stays.
    package func reading(
        _ name: String, _ help: String, type: String = "gauge", _ labels: [(String, String)] = [],
        _ read: @escaping @Sendable () -> Double?
    ) {
        _ = handle(name, help, type, labels, make: { Reading(read: read) }) { reading in
            { name, labels in reading.read().map { "\(name)\(labels) \($0)\n" } ?? "" }
        }
    }

    private struct Reading: Sendable { let read: @Sendable () -> Double? }

    private func handle<Handle: Sendable>(
        _ name: String, _ help: String, _ type: String, _ labels: [(String, String)], make: () -> Handle,
        render: (Handle) -> @Sendable (String, String) -> String
    ) -> Handle {
        let text = Self.text(labels)
        return handles.withLock { handles in
            if let known = handles[name + text] as? Handle { return known }
            let handle = make()
            handles[name + text] = handle
            let renderer = render(handle)
            families.withLock {
                $0[name, default: Family(help: help, type: type)].series.append((text, renderer))
            }
            return handle
        }
    }

    private static func text(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { name, value in
            var escaped = ""
            for character in value {
                switch character {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.append(character)
                }
            }
            return "\(name)=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// Everything, as `text/plain; version=0.0.4`.
    package func render() -> String {
        families.withLock { families in
            families.sorted { $0.key < $1.key }.map { name, family in
                "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.type)\n"
                    + family.series.sorted { $0.labels < $1.labels }.map { $0.render(name, $0.labels) }.joined()
            }.joined()
        }
    }
}

package final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    package init() {}
    package func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int { count.load(ordering: .relaxed) }
}

package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)
    package init() {}
    /// NaN for what is not known: no alert is about it, and it is in no maximum or minimum.
    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    package func set(_ value: Int) { set(Double(value)) }
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

package final class Histogram: Sendable {
    private static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    private struct State: Sendable {
        var buckets = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        var sum = 0.0
    }
    private let state = Mutex(State())

    package init() {}

    package func observe(_ duration: Duration) {
        let seconds = duration.inSeconds
        let index = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock {
            $0.buckets[index] += 1
            $0.sum += seconds
        }
    }

    fileprivate func render(_ name: String, _ labels: String) -> String {
        let state = state.withLock { $0 }
        let inner = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
        var text = ""
        var total = 0
        for (index, count) in state.buckets.enumerated() {
            total += count
            let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
            text += "\(name)_bucket{\(inner)le=\"\(bound)\"} \(total)\n"
        }
        return text + "\(name)_sum\(labels) \(state.sum)\n\(name)_count\(labels) \(total)\n"
    }
}
