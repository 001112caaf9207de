import JSON
import Kit
import SandboxCore

/// What an upstream tells of its own accord, until it is taken: which notices wait, and when each is tried. A value;
/// `NoticeSender` does the sending.
struct NoticeBook: Sendable {
    struct Target: Sendable {
        let url: String
        /// What notices are signed with, by those who sign.
        let secret: String
    }

    struct Notice: Sendable {
        let id: Int
        /// The body of an attempt, of which the first is 1.
        let body: @Sendable (_ attempt: Int) -> [UInt8]
        fileprivate(set) var attempt = 0
        /// Of the next attempt, or of the one that is under way.
        fileprivate(set) var dueAt: Timestamp
        fileprivate(set) var isUnderWay = false
    }

    let policy: NoticePolicy
    private(set) var target: Target?
    private(set) var waiting: [Notice] = []
    private(set) var delivered = 0
    private(set) var abandoned = 0
    /// How many there were.
    private(set) var count = 0

    init(_ policy: NoticePolicy) { self.policy = policy }

    /// How many are being sent just now.
    var underWay: Int { waiting.count { $0.isUnderWay } }

    var isOn: Bool { target != nil }

    /// Says where notices go from now on; nil for nowhere. What waits for another address is forgotten.
    mutating func set(_ target: Target?) {
        self.target = target
        waiting = []
        delivered = 0
        abandoned = 0
    }

    /// Notes what is to be told, if it is told to anybody.
    mutating func note(at now: Timestamp, _ body: @escaping @Sendable (_ attempt: Int) -> [UInt8]) {
        guard isOn else { return }
        count += 1
        waiting.append(Notice(id: count, body: body, dueAt: now))
    }

    /// The first notice that is due and not on its way.
    mutating func take(due now: Timestamp) -> (Target, Notice)? {
        guard let target, let index = waiting.firstIndex(where: { !$0.isUnderWay && $0.dueAt <= now }) else {
            return nil
        }
        waiting[index].isUnderWay = true
        waiting[index].dueAt = now
        waiting[index].attempt += 1
        return (target, waiting[index])
    }

    /// What came of an attempt. Pauses count from its beginning, so that a clock that is moved meanwhile changes nothing.
    mutating func report(_ id: Int, isTaken: Bool) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        let attempt = waiting[index].attempt
        if isTaken {
            waiting.remove(at: index)
            delivered += 1
        } else if attempt <= policy.pauses.count {
            waiting[index].isUnderWay = false
            waiting[index].dueAt = waiting[index].dueAt + policy.pauses[attempt - 1]
        } else if policy.endsWithNotice {
            abandoned += waiting.count
            waiting = []
            target = nil
        } else {
            waiting.remove(at: index)
            abandoned += 1
        }
    }

    var json: JSON {
        [
            "is_on": .bool(isOn), "url": target.map { .string($0.url) } ?? .null,
            "waiting": .integer(Int64(waiting.count)), "under_way": .integer(Int64(underWay)),
            "delivered": .integer(Int64(delivered)), "abandoned": .integer(Int64(abandoned)),
        ]
    }
}
