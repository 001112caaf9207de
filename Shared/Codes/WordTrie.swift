/// The steps of a tree: from a node by a scalar to the next node. A hash table with open addressing; the standard one
/// hashes against attackers, which these tables have none of, and takes most of an extraction's time for it.
private struct Steps: Sendable {
    private var keys = [UInt64](repeating: 0, count: 1024)
    private var nodes = [UInt32](repeating: 0, count: 1024)
    private var count = 0

    /// No step has the key zero: scalars of words are not.
    subscript(key: UInt64) -> UInt32? {
        var slot = slot(key)
        while keys[slot] != 0 {
            if keys[slot] == key { return nodes[slot] }
            slot = (slot + 1) & (keys.count - 1)
        }
        return nil
    }

    mutating func insert(_ key: UInt64, _ node: UInt32) {
        if count * 2 >= keys.count { grow() }
        var slot = slot(key)
        while keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
        (keys[slot], nodes[slot]) = (key, node)
        count += 1
    }

    private mutating func grow() {
        let old = zip(keys, nodes)
        keys = [UInt64](repeating: 0, count: keys.count * 2)
        nodes = [UInt32](repeating: 0, count: keys.count)
        count = 0
        for (key, node) in old where key != 0 { insert(key, node) }
    }

    private func slot(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (keys.count - 1)
    }
}

/// Many words in one tree. Finding every word of a text takes time in proportion to the text: the walk from each place
/// is no longer than the longest word.
struct WordTrie: Sendable {
    private struct Ending {
        var payload: UInt16
        /// Whether the word may have letters before it, and behind it.
        let openStart: Bool
        let openEnd: Bool
    }

    private var children = Steps()
    private var endings: [[Ending]] = [[]]
    /// Whether any word ends at a node: few do, and asking here spares touching their lists.
    private var isEnd: [Bool] = [false]
    /// The first step is taken from every place of a text, so it has a table of its own for ASCII.
    private var roots = [UInt32](repeating: 0, count: 128)
    private(set) var longest = 0

    /// Adds the words of a list that is parted by commas and line breaks.
    mutating func insert(list: String, _ payload: UInt16) {
        for word in list.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
            var word = word
            while word.first == " " { word.removeFirst() }
            while word.last == " " { word.removeLast() }
            if !word.isEmpty { insert(word, payload) }
        }
    }

    /// Adds one word. A star at either end stands for further letters there.
    mutating func insert(_ word: Substring, _ payload: UInt16) {
        var body = word
        let openStart = body.first == "*"
        if openStart { body.removeFirst() }
        let openEnd = body.last == "*"
        if openEnd { body.removeLast() }
        let scalars = NormalizedText(body).folded
        precondition(!scalars.isEmpty, "a word of the tables is empty")
        var node: UInt32 = 0
        for scalar in scalars {
            let key = Self.key(node, Self.joint(scalar))
            if let next = children[key] {
                node = next
            } else {
                let next = UInt32(endings.count)
                endings.append([])
                isEnd.append(false)
                children.insert(key, next)
                node = next
            }
        }
        isEnd[Int(node)] = true
        let known = endings[Int(node)].firstIndex { $0.openStart == openStart && $0.openEnd == openEnd }
        if let known {
            endings[Int(node)][known].payload |= payload
        } else {
            endings[Int(node)].append(Ending(payload: payload, openStart: openStart, openEnd: openEnd))
        }
        longest = max(longest, scalars.count)
        if scalars[0] < 128 { roots[Int(scalars[0])] = children[Self.key(0, scalars[0])] ?? 0 }
    }

    /// The longest word that begins at a place.
    func match(in text: borrowing NormalizedText, at start: Int, work: inout Int) -> (payload: UInt16, end: Int)? {
        let first = text.folded[start]
        var node = first < 128 ? roots[Int(first)] : children[Self.key(0, first)] ?? 0
        guard node != 0 else { return nil }
        let bounded = text.isWordBoundary(start)
        var found: (payload: UInt16, end: Int)?
        var index = start + 1
        while true {
            work += 1
            if isEnd[Int(node)] {
                let isClosed = text.isWordBoundary(index)
                for ending in endings[Int(node)] where (ending.openStart || bounded) && (ending.openEnd || isClosed) {
                    let others = found?.end == index ? found?.payload ?? 0 : 0
                    found = (others | ending.payload, index)
                }
            }
            guard index < text.count, let next = children[Self.key(node, Self.joint(text.folded[index]))] else { break }
            node = next
            index += 1
        }
        return found
    }

    private static func key(_ node: UInt32, _ scalar: UInt32) -> UInt64 { UInt64(node) << 32 | UInt64(scalar) }

    /// Words are joined by a space, a hyphen or a line break, as the writer pleased.
    private static func joint(_ scalar: UInt32) -> UInt32 {
        scalar == Scalar.hyphen || scalar == Scalar.lineFeed ? Scalar.space : scalar
    }
}

extension NormalizedText {
    /// Whether a word may begin or end between a place and the one before it.
    func isWordBoundary(_ index: Int) -> Bool {
        guard index > 0, index < folded.count else { return true }
        let (before, after) = (folded[index - 1], folded[index])
        guard Scalar.isLetter(before), Scalar.isLetter(after) else { return true }
        return Scalar.isUnspaced(before) || Scalar.isUnspaced(after)
    }

    /// Every word of a trie in the text, in order; one that lies within a longer one is left out.
    func words(of trie: WordTrie, work: inout Int, _ body: (_ payload: UInt16, _ range: Range<Int>) -> Void) {
        var covered = 0
        for index in 0..<count where folded[index] > Scalar.space {
            work += 1
            guard let match = trie.match(in: self, at: index, work: &work), match.end > covered else { continue }
            covered = match.end
            body(match.payload, index..<match.end)
        }
    }
}
