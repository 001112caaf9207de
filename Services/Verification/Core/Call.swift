import Contracts
import Kit

/// A call that reached an order's number, with everything that has come to be known of it: what the provider tells, and
/// what was heard in its recording. Who called and what was said is in here only sealed.
package struct Call: Hashable, Sendable {
    /// A recording that was fetched.
    package struct Audio: Hashable, Sendable {
        /// A MIME type.
        package let type: String
        /// In bytes.
        package let size: Int

        package init(type: String, size: Int) {
            self.type = type
            self.size = size
        }
    }

    /// The same whenever it is told of.
    package let id: ID
    /// Tells calls of one order apart.
    package let key: String
    package let receivedAt: Timestamp
    package var sealed: String
    package var hasCode: Bool
    /// Whether it is known what was said, or which code was meant.
    package var isRead: Bool
    /// Whether it is waited for what was said.
    package var isOpen: Bool
    /// How much the provider has told; it never becomes less.
    package var mark: Int
    /// Where the provider has the recording, sealed.
    package var placeSealed: String?
    package var audio: Audio?
    /// How long it lasted.
    package var seconds: Int?

    package init(
        id: ID, key: String, receivedAt: Timestamp, sealed: String, hasCode: Bool, isRead: Bool, isOpen: Bool,
        mark: Int, placeSealed: String? = nil, audio: Audio? = nil, seconds: Int? = nil
    ) {
        self.id = id
        self.key = key
        self.receivedAt = receivedAt
        self.sealed = sealed
        self.hasCode = hasCode
        self.isRead = isRead
        self.isOpen = isOpen
        self.mark = mark
        self.placeSealed = placeSealed
        self.audio = audio
        self.seconds = seconds
    }

    /// One that is told of for the first time.
    package init(_ told: ObservedCall) {
        self.init(
            id: told.id, key: told.key, receivedAt: told.receivedAt, sealed: told.sealed, hasCode: told.hasCode,
            isRead: told.isRead, isOpen: !told.isRead, mark: told.mark, placeSealed: told.placeSealed,
            seconds: told.seconds)
    }

    /// How it stands, in the words of the API.
    package var status: CallStatus {
        if isRead { return .transcribed }
        if audio != nil { return .recorded }
        return isOpen ? .received : .failed
    }

    /// Takes what the provider tells of it now. A text is never taken for a worse one.
    mutating func learn(_ told: ObservedCall) {
        guard told.mark > mark else { return }
        mark = told.mark
        seconds = seconds ?? told.seconds
        if placeSealed == nil, told.placeSealed != nil, !isRead {
            // It was given up because there was no recording.
            isOpen = true
        }
        placeSealed = told.placeSealed ?? placeSealed
        if told.isRead { read(told.sealed, hasCode: told.hasCode) }
    }

    /// Takes what was heard in its recording.
    package mutating func hear(_ heard: HeardCall) {
        audio = audio ?? heard.audio
        seconds = seconds ?? heard.seconds
        if let text = heard.text { read(text.sealed, hasCode: text.hasCode) }
        if heard.isOver { isOpen = false }
    }

    private mutating func read(_ text: String, hasCode: Bool) {
        guard !isRead || hasCode && !self.hasCode else { return }
        sealed = text
        self.hasCode = hasCode
        isRead = true
        isOpen = false
    }
}

/// A call as the provider tells of it.
package struct ObservedCall: Hashable, Sendable {
    package let id: ID
    package let key: String
    package let receivedAt: Timestamp
    package let sealed: String
    package let hasCode: Bool
    /// Whether the provider tells what was said, or which code was meant.
    package let isRead: Bool
    package let placeSealed: String?
    package let seconds: Int?
    /// The call as it was known before; nil for a new one. Whoever decides a batch of changes fills it in.
    package var known: Call?

    package init(
        id: ID, key: String, receivedAt: Timestamp, sealed: String, hasCode: Bool, isRead: Bool, placeSealed: String?,
        seconds: Int? = nil
    ) {
        self.id = id
        self.key = key
        self.receivedAt = receivedAt
        self.sealed = sealed
        self.hasCode = hasCode
        self.isRead = isRead
        self.placeSealed = placeSealed
        self.seconds = seconds
    }

    /// How much is told: that there was a call, where it can be heard, and what was said.
    package var mark: Int { 1 + (placeSealed == nil ? 0 : 1) + (isRead ? 1 : 0) }
}

/// What came of listening to a call.
package struct HeardCall: Hashable, Sendable {
    /// What was said, as it is kept.
    package struct Text: Hashable, Sendable {
        package let sealed: String
        package let hasCode: Bool

        package init(sealed: String, hasCode: Bool) {
            self.sealed = sealed
            self.hasCode = hasCode
        }
    }

    package let key: String
    /// The recording, once it is there for the customer.
    package var audio: Call.Audio?
    package var seconds: Int?
    package var text: Text?
    /// Nothing more will come of it.
    package var isOver: Bool
    /// The call as it was known before; nil when nobody has told of it. Whoever decides a batch of changes fills it in.
    package var known: Call?

    package init(
        key: String, audio: Call.Audio? = nil, seconds: Int? = nil, text: Text? = nil, isOver: Bool = false
    ) {
        self.key = key
        self.audio = audio
        self.seconds = seconds
        self.text = text
        self.isOver = isOver
    }
}

/// What an order knows of its calls without looking at each.
package struct CallTally: Hashable, Sendable {
    /// How much the provider has told of them all; zero when there was none.
    package var mark = 0
    /// Of how many it is waited for what was said.
    package var open = 0

    package init(mark: Int = 0, open: Int = 0) {
        self.mark = mark
        self.open = open
    }

    mutating func replace(_ before: Call?, with after: Call) {
        mark += after.mark - (before?.mark ?? 0)
        open += (after.isOpen ? 1 : 0) - (before?.isOpen ?? false ? 1 : 0)
    }
}
