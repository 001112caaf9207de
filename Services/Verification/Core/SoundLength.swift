/// How long a recording is, where its bytes tell.
package enum SoundLength {
    /// Whole seconds of a WAV file, rounded up; nil for what is none, or says nothing sensible of itself.
    package static func seconds(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 12, bytes[0..<4].elementsEqual("RIFF".utf8), bytes[8..<12].elementsEqual("WAVE".utf8)
        else { return nil }
        func number(at place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) } }
        var place = 12
        var perSecond = 0
        // Chunks: a name, a length, and so many bytes, made even.
        while place + 8 <= bytes.count {
            let name = bytes[place..<place + 4]
            let length = number(at: place + 4)
            if name.elementsEqual("fmt ".utf8), length >= 16, place + 20 <= bytes.count {
                perSecond = number(at: place + 16)
            } else if name.elementsEqual("data".utf8) {
                // What is written while it is made has no length yet, or one beyond its end.
                let sound = min(length, bytes.count - place - 8)
                guard perSecond > 0, sound > 0 else { return nil }
                return (sound + perSecond - 1) / perSecond
            }
            place += 8 + length + length % 2
        }
        return nil
    }
}
