import Kit

/// The moment at which tests begin.
let start = Timestamp(microseconds: 1_800_000_000_000_000)
