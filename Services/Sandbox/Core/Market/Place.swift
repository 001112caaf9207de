import Kit

/// A country as the simulated market sees it: where numbers begin, what language its messages are in, which pools sell.
package struct Place: Sendable {
    package let index: Int
    package let country: Country
    package let russianName: String
    /// BCP 47 primary subtag of the usual language of messages.
    package let language: String
    /// Digits of a number without the calling code.
    package let nationalDigits: Int
    package let beginnings: [String]
    /// Networks first, then pools `virtualNN`.
    package let operators: [Operator]

    /// A pool numbers come from.
    package struct Operator: Sendable {
        package let name: String
        package let sellsHosting: Bool
    }

    /// Every country of the list, with pools drawn from the dice, and at least so many of them.
    package static func all(_ dice: Dice, pools: Int = 0) -> [Place] {
        let networks = Self.networks
        return NumberPlanTable.text.split(separator: "\n").enumerated().map { index, line in
            let parts = line.split(separator: "|")
            precondition(parts.count == 5, "a line of the number plan has five parts: \(line)")
            guard let country = Country.slug(String(parts[0])), let digits = Int(parts[3]) else {
                preconditionFailure("the number plan names what is not a country, or no length: \(line)")
            }
            let number = UInt64(index)
            var names = networks[country.iso] ?? []
            for pool in 0..<UInt64(2 + dice.below(3, .operators, number)) {
                let name = "virtual\(1 + dice.below(63, .operators, number, 1 + pool))"
                if !names.contains(name) { names.append(name) }
            }
            var further = 1
            while names.count < pools {
                if !names.contains("virtual\(further)") { names.append("virtual\(further)") }
                further += 1
            }
            return Place(
                index: index, country: country, russianName: String(parts[1]), language: String(parts[2]),
                nationalDigits: digits, beginnings: parts[4].split(separator: " ").map(String.init),
                operators: names.enumerated().map { place, name in
                    Operator(
                        name: name,
                        sellsHosting: place == 0 || dice.unit(.operators, number, 100 + UInt64(place)) < 0.3)
                })
        }
    }

    private static var networks: [String: [String]] {
        var result: [String: [String]] = [:]
        for entry in OperatorTable.text.split(whereSeparator: { $0 == "|" || $0 == "\n" }) {
            let words = entry.split(separator: " ").map(String.init)
            result[words[0]] = Array(words.dropFirst())
        }
        return result
    }

    /// How many different numbers the country has here.
    package var capacity: UInt64 { UInt64(beginnings.count) * suffixes }

    private var suffixes: UInt64 {
        var power: UInt64 = 1
        for _ in 0..<(nationalDigits - longestBeginning) { power *= 10 }
        return power
    }
    private var longestBeginning: Int { beginnings.map(\.utf8.count).max() ?? 0 }

    /// The `count`-th number of the country, with calling code and without `+`. `capacity` counts in a row give as many
    /// different numbers: the ending is a permutation of all endings of that length.
    package func number(_ count: UInt64, _ dice: Dice) -> String {
        let count = count % capacity
        let beginning = beginnings[Int(count % UInt64(beginnings.count))]
        let round = count / UInt64(beginnings.count)
        // A multiplier without the factors 2 and 5 permutes the remainders of a power of ten.
        let offset = dice.draw(.phone, UInt64(index)) % suffixes
        let ending = String((round &* 7_654_321 % suffixes + offset) % suffixes)
        let missing = nationalDigits - beginning.utf8.count - ending.utf8.count
        return country.prefix.dropFirst() + beginning + String(repeating: "0", count: max(0, missing)) + ending
    }
}
