import Kit

extension RoutingPolicy {
    /// What of it can be said in words, as `namaskahctl routing what-if --policy` takes it.
    package static let words = ["waiting-per-minute", "silence", "usual-wait", "exploration", "margin"]

    package struct Unclear: Error, Hashable {
        package let message: String
    }

    /// Changes what is named: `waiting-per-minute=0.02,margin=0.1`. Money in US dollars, times in seconds, shares from 0
    /// to 1.
    package mutating func change(_ text: String) throws(Unclear) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { throw Unclear(message: "'\(part)' is not <name>=<value>") }
            let (name, value) = (pair[0], pair[1])
            func number(_ range: ClosedRange<Double>) throws(Unclear) -> Double {
                guard let number = Double(value), range.contains(number) else {
                    throw Unclear(message: "\(name) must be from \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }
            switch name {
            case "waiting-per-minute":
                waitingPerSecond = Money(micro: Int64((try number(0...100) * 1_000_000 / 60).rounded()))
            case "silence": silence = .milliseconds(Int64(try number(1...3600) * 1000))
            case "usual-wait": usualWait = .milliseconds(Int64(try number(1...3600) * 1000))
            case "exploration": exploration = try number(0...1)
            case "margin": margin = try number(0...1)
            default:
                throw Unclear(message: "there is no '\(name)'; a policy has \(Self.words.joined(separator: ", "))")
            }
        }
    }
}
