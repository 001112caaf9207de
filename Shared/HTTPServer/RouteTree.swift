import Kit

/// The routes as a tree of path segments, made once, read by all threads.
struct RouteTree: Sendable {
    struct Entry: Sendable {
        /// Which of the router's routes this is: the key of its metrics.
        let index: Int
        let route: Router.Route
        let parameterNames: [String]
    }

    enum Match {
        case found(Entry, parameters: [HTTPRequest.Field])
        /// The path exists; these are its methods.
        case otherMethods([HTTPMethod])
        case nothing
    }

    private struct Node: Sendable {
        var words: [String: Int] = [:]
        var parameters: [Parameter] = []
        var rest: Int?
        var entries: [HTTPMethod: Entry] = [:]
    }

    /// A segment that is a parameter, with fixed text before and after it.
    private struct Parameter: Sendable {
        let prefix: String
        let suffix: String
        let node: Int

        func value(of segment: String) -> String? {
            guard segment.utf8.count > prefix.utf8.count + suffix.utf8.count else { return nil }
            if prefix.isEmpty, suffix.isEmpty { return segment }
            guard segment.hasPrefix(prefix), segment.hasSuffix(suffix) else { return nil }
            return String(segment.dropFirst(prefix.count).dropLast(suffix.count))
        }
    }

    private var nodes = [Node()]

    init(_ router: Router) {
        for (index, route) in router.routes.enumerated() { add(route, index) }
    }

    private mutating func add(_ route: Router.Route, _ index: Int) {
        precondition(route.pattern.hasPrefix("/"), "a route without a path: \(route.method.rawValue)")
        var at = 0
        var names: [String] = []
        let segments = route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (place, segment) in segments.enumerated() {
            guard let open = segment.firstIndex(of: "{") else {
                at = child(of: at, word: String(segment))
                continue
            }
            guard let close = segment.firstIndex(of: "}"), open < close else {
                preconditionFailure("a malformed parameter in \(route.pattern)")
            }
            let name = segment[segment.index(after: open)..<close]
            let prefix = String(segment[..<open])
            let suffix = String(segment[segment.index(after: close)...])
            if name.hasSuffix("...") {
                precondition(
                    place == segments.count - 1 && prefix.isEmpty && suffix.isEmpty,
                    "the rest of a path must be the last segment of \(route.pattern)")
                names.append(String(name.dropLast(3)))
                at = restChild(of: at)
            } else {
                names.append(String(name))
                at = child(of: at, prefix: prefix, suffix: suffix)
            }
        }
        let entry = Entry(index: index, route: route, parameterNames: names)
        let previous = nodes[at].entries.updateValue(entry, forKey: route.method)
        precondition(previous == nil, "two routes for \(route.method.rawValue) \(route.pattern)")
    }

    private mutating func child(of node: Int, word: String) -> Int {
        if let known = nodes[node].words[word] { return known }
        nodes.append(Node())
        nodes[node].words[word] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func child(of node: Int, prefix: String, suffix: String) -> Int {
        if let known = nodes[node].parameters.first(where: { $0.prefix == prefix && $0.suffix == suffix }) {
            return known.node
        }
        nodes.append(Node())
        nodes[node].parameters.append(Parameter(prefix: prefix, suffix: suffix, node: nodes.count - 1))
        // More fixed text is more specific, so it is tried first.
        nodes[node].parameters.sort {
            $0.prefix.utf8.count + $0.suffix.utf8.count > $1.prefix.utf8.count + $1.suffix.utf8.count
        }
        return nodes.count - 1
    }

    private mutating func restChild(of node: Int) -> Int {
        if let known = nodes[node].rest { return known }
        nodes.append(Node())
        nodes[node].rest = nodes.count - 1
        return nodes.count - 1
    }

    /// The route of a path given as decoded segments. `HEAD` is answered by the `GET` route where it has none.
    func match(_ method: HTTPMethod?, _ segments: [String]) -> Match {
        var values: [String] = []
        var allowed: Set<HTTPMethod> = []
        if let entry = find(method, segments, 0, 0, &values, &allowed) {
            let parameters = zip(entry.parameterNames, values).map { HTTPRequest.Field(name: $0, value: $1) }
            return .found(entry, parameters: parameters)
        }
        if allowed.isEmpty { return .nothing }
        if allowed.contains(.get) { allowed.insert(.head) }
        allowed.insert(.options)
        return .otherMethods(HTTPMethod.allCases.filter { allowed.contains($0) })
    }

    private func find(
        _ method: HTTPMethod?, _ segments: [String], _ depth: Int, _ at: Int, _ values: inout [String],
        _ allowed: inout Set<HTTPMethod>
    ) -> Entry? {
        if depth == segments.count { return entry(method, at, &allowed) }
        let segment = segments[depth]
        if let next = nodes[at].words[segment],
            let found = find(method, segments, depth + 1, next, &values, &allowed)
        {
            return found
        }
        for parameter in nodes[at].parameters {
            guard let value = parameter.value(of: segment) else { continue }
            values.append(value)
            if let found = find(method, segments, depth + 1, parameter.node, &values, &allowed) { return found }
            values.removeLast()
        }
        if let rest = nodes[at].rest, let found = entry(method, rest, &allowed) {
            values.append(segments[depth...].joined(separator: "/"))
            return found
        }
        return nil
    }

    private func entry(_ method: HTTPMethod?, _ node: Int, _ allowed: inout Set<HTTPMethod>) -> Entry? {
        let entries = nodes[node].entries
        if let method {
            if let entry = entries[method] { return entry }
            if method == .head, let entry = entries[.get] { return entry }
        }
        for known in entries.keys { allowed.insert(known) }
        return nil
    }
}
