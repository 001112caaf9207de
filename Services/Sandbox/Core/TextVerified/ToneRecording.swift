import func Glibc.sin

/// Recordings of calls: WAV with a tone for each word, as long as the word is, so that there is something to hear and
/// something to measure. What was said is not in it.
package enum ToneRecording {
    private static let rate = 8_000
    /// Nobody listens longer.
    private static let longest = 60 * rate

    package static func wav(_ text: String) -> [UInt8] {
        var samples: [UInt8] = []
        for word in text.split(whereSeparator: { $0.isWhitespace }) {
            let letters = word.unicodeScalars.reduce(0) { $0 &+ Int($1.value) }
            let pitch = 220 + Double(letters % 24) * 20
            for index in 0..<(rate / 25 * (2 + min(word.count, 10))) {
                let angle = 2 * Double.pi * pitch * Double(index) / Double(rate)
                samples.append(UInt8(clamping: Int(128 + 80 * sin(angle))))
            }
            samples += repeatElement(128, count: rate / 16)
            if samples.count >= longest { break }
        }
        return header(samples.count) + samples
    }

    /// One channel of eight bits.
    private static func header(_ count: Int) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func two(_ value: Int) -> [UInt8] { Array(four(value).prefix(2)) }
        return Array("RIFF".utf8) + four(36 + count) + Array("WAVEfmt ".utf8) + four(16) + two(1) + two(1)
            + four(rate) + four(rate) + two(1) + two(8) + Array("data".utf8) + four(count)
    }
}
