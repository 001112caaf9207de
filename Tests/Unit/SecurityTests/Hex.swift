/// Bytes written as hexadecimal digits; white space is skipped.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// The secret text of tests: long enough for every rule.
let masterText = "a secret of tests, thirty-two bytes or more"
