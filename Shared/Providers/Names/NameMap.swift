/// The platform's slugs on one side, an upstream's words for the same things on the other.
package struct NameMap<Word: Hashable & Sendable>: Sendable {
    private let words: [String: Word]
    private let slugs: [Word: String]

    /// A slug or a word that stands there twice is a bug: one of the two would be sold as the other.
    package init(_ rows: [(slug: String, word: Word)]) {
        words = Dictionary(rows.map { ($0.slug, $0.word) }) { _, _ in preconditionFailure("a slug is named twice") }
        slugs = Dictionary(rows.map { ($0.word, $0.slug) }) { _, _ in preconditionFailure("a word is used twice") }
    }

    /// The same with other words for some slugs; a slug that was not there is added.
    package func overriding(_ others: [String: Word]) -> NameMap {
        NameMap(words.merging(others) { $1 }.map { (slug: $0.key, word: $0.value) })
    }

    /// What the upstream calls it.
    package func word(_ slug: String) -> Word? { words[slug] }
    /// What the platform calls it.
    package func slug(_ word: Word) -> String? { slugs[word] }
    /// Every slug that has a word.
    package var allSlugs: Set<String> { Set(words.keys) }
}
