import CLinux
import Glibc

extension Metrics {
    /// What the process itself takes, under the names that Prometheus's clients have for it; and what of its memory the
    /// allocator has handed out. Resident memory that grows while `used` does not is what lies free between pieces in
    /// use; where `used` grows as well, something is kept.
    package func showProcess() {
        reading("process_resident_memory_bytes", "Memory that the process has resident") {
            ProcessFigures.residentPages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        for (state, size) in ProcessFigures.heap {
            reading("process_heap_bytes", "Memory of the allocator: handed out, or free and kept", [("state", state)]) {
                Double(size(mallinfo2()))
            }
        }
        reading("process_cpu_seconds_total", "Processor time that the process has used", type: "counter") {
            var time = timespec()
            return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0
                ? Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 : nil
        }
        reading("process_open_fds", "Open file descriptors") { ProcessFigures.openFiles }
        reading("process_max_fds", "File descriptors that may be open") {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : nil
        }
    }
}

/// What Linux tells of the process under /proc/self; nil where there is no such thing.
private enum ProcessFigures {
    static let heap: [(state: String, size: @Sendable (mallinfo2) -> Int)] = [
        ("used", { Int($0.uordblks + $0.hblkhd) }), ("free", { Int($0.fordblks) }),
    ]

    /// The second word of statm.
    static var residentPages: Double? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.split(separator: " ")
        return words.count > 1 ? Double(words[1]) : nil
    }

    static var openFiles: Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // Without ".", ".." and the one that reads.
        var count = -3.0
        while readdir(folder) != nil { count += 1 }
        return count
    }
}
