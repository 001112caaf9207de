/// The three arrays that libpq wants beside a statement, kept to be used again.
struct ParameterPointers {
    private var values: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// Lends the addresses, lengths and formats (always binary) of a statement's values.
    mutating func with<T>(
        _ sql: SQL, _ body: ([UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> T
    ) -> T {
        values.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        while formats.count < sql.parameters.count { formats.append(1) }
        return sql.values.withUnsafeBytes { bytes in
            for parameter in sql.parameters {
                let start = parameter.length.flatMap { _ in bytes.baseAddress?.advanced(by: parameter.start) }
                values.append(start?.assumingMemoryBound(to: CChar.self))
                lengths.append(Int32(parameter.length ?? 0))
            }
            return body(values, lengths, formats)
        }
    }
}
