/// An unbroken row of ASCII letters and digits.
struct Run {
    let start: Int
    let end: Int
    let digits: Int
    let uppers: Int

    var count: Int { end - start }
    var lowers: Int { count - digits - uppers }
    var isNumber: Bool { digits == count }
}

extension NormalizedText {
    /// All the runs, in order.
    func runs(work: inout Int) -> [Run] {
        var runs: [Run] = []
        var index = 0
        while index < count {
            work += 1
            guard Scalar.isAlphanumeric(exact[index]) else {
                index += 1
                continue
            }
            let start = index
            var (digits, uppers) = (0, 0)
            while index < count, Scalar.isAlphanumeric(exact[index]) {
                work += 1
                if Scalar.isDigit(exact[index]) { digits += 1 } else if Scalar.isUpper(exact[index]) { uppers += 1 }
                index += 1
            }
            runs.append(Run(start: start, end: index, digits: digits, uppers: uppers))
        }
        return runs
    }
}
