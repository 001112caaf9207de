import Contracts
import JSON
import Kit

/// Settles what a provider's own list says against the purchases whose outcome nobody knows.
///
/// Numbers of one provider, service and country are interchangeable as long as no message has come, so that this is an
/// assignment, not an identification: the oldest unclear purchase takes the oldest number nobody has, those that still
/// want one before the others. Clocks of two machines are compared only for horizons, never to match; our own moments are
/// all by the clock of the database.
package enum Reconciliation {
    /// A purchase whose outcome is unknown.
    package struct Unclear: Hashable, Sendable {
        package let orderID: ID
        package let attempt: Int
        package let service: String
        package let country: String
        package let ceiling: Money
        package let deadline: Timestamp
        package let misses: Int
        package let lastMissAt: Timestamp?
        /// Whether its order still wants a number. That of one that is over would only be given back.
        package let isWanted: Bool

        package init(
            orderID: ID, attempt: Int, service: String, country: String, ceiling: Money, deadline: Timestamp,
            misses: Int, lastMissAt: Timestamp?, isWanted: Bool = true
        ) {
            self.orderID = orderID
            self.attempt = attempt
            self.service = service
            self.country = country
            self.ceiling = ceiling
            self.deadline = deadline
            self.misses = misses
            self.lastMissAt = lastMissAt
            self.isWanted = isWanted
        }
    }

    /// A number in the provider's list that belongs to no order of ours yet.
    package struct Unclaimed: Hashable, Sendable {
        package let reference: String
        package let service: String
        package let country: String
        package let cost: Money

        package init(reference: String, service: String, country: String, cost: Money) {
            self.reference = reference
            self.service = service
            self.country = country
            self.cost = cost
        }
    }

    package struct Verdict: Hashable, Sendable {
        /// Purchases that did happen, with the number each takes.
        package var adopted: [Unclear: String] = [:]
        /// Purchases that did not happen.
        package var absent: [Unclear] = []
        /// Purchases that were not found this time; one more such reading may prove them absent.
        package var missed: [Unclear] = []
    }

    /// How far apart two readings must be to prove an absence.
    package static let readingsApart = Duration.seconds(10)
    /// How many readings prove it.
    package static let readingsNeeded = 2

    /// `readAt` is when the reading of the list began; `grace`, how long after its deadline a purchase may still appear at
    /// the provider. A list that was not read far enough back, or is not plausible, proves no absence.
    package static func settle(
        _ unclear: [Unclear], against unclaimed: [Unclaimed], readAt: Timestamp, grace: Duration,
        isComplete: Bool = true
    ) -> Verdict {
        var verdict = Verdict()
        var free = unclaimed
        let turns = unclear.sorted { first, second in
            if first.isWanted != second.isWanted { return first.isWanted }
            return (first.deadline, first.orderID) < (second.deadline, second.orderID)
        }
        for purchase in turns {
            let match = free.firstIndex {
                $0.service == purchase.service && $0.country == purchase.country && $0.cost <= purchase.ceiling
            }
            if let match {
                verdict.adopted[purchase] = free.remove(at: match).reference
                continue
            }
            guard isComplete, readAt > purchase.deadline + grace else { continue }
            guard purchase.lastMissAt.map({ readAt >= $0 + readingsApart }) ?? true else { continue }
            if purchase.misses + 1 >= readingsNeeded {
                verdict.absent.append(purchase)
            } else {
                verdict.missed.append(purchase)
            }
        }
        return verdict
    }

    /// Whether a list may be taken at its word. One that has none of the numbers that we know were sold in the time it
    /// is about was made by a provider that is not well, and what else it lacks proves nothing, however often it is read.
    package static func isPlausible(_ listed: Set<String>, sold: Set<String>) -> Bool {
        sold.isEmpty || !sold.isDisjoint(with: listed)
    }

    /// From which moment on, by the provider's clock, its list may hold purchases of which the first was sent at
    /// `sentAt`. `readAt` is when the list was asked for, `servedAt` what the provider's clock said then: a number that is
    /// left out because its clock is behind ours would be bought again.
    package static func horizon(
        sentAt: Timestamp, grace: Duration, readAt: Timestamp, servedAt: Timestamp?
    ) -> Timestamp {
        let since = sentAt - grace
        guard let servedAt, servedAt < readAt else { return since }
        return since - (readAt - servedAt)
    }

    // MARK: - What is free

    /// A row of the provider's own list of orders.
    package struct Listed: Hashable, Sendable {
        package let number: Unclaimed
        /// By the provider's clock; nil when it does not say.
        package let createdAt: Timestamp?
        /// Nothing has ended it yet.
        package let isOpen: Bool

        package init(_ number: Unclaimed, createdAt: Timestamp?, isOpen: Bool) {
            self.number = number
            self.createdAt = createdAt
            self.isOpen = isOpen
        }
    }

    /// What of a list may be given to unclear purchases: open, and known to be nobody's. The oldest first.
    package static func free(_ listed: [Listed], unowned: Set<String>, readAt: Timestamp) -> [Unclaimed] {
        listed.filter { $0.isOpen && unowned.contains($0.number.reference) }
            .sorted { ($0.createdAt ?? readAt, $0.number.reference) < ($1.createdAt ?? readAt, $1.number.reference) }
            .map(\.number)
    }

    // MARK: - Orphans

    /// How long a number may be nobody's before it is taken for an orphan: longer than any purchase under way can take.
    package static func orphanAge(grace: Duration, call: Duration) -> Duration { grace + call * 2 }

    /// What is to be done with a number nobody wants, upon what the provider says of it.
    package enum Return: Hashable, Sendable {
        /// The provider is asked to take it back, or to end it.
        case ask(Minding.Question)
        /// It has ended: its account can be closed.
        case close(isRefunded: Bool)
        /// The next turn asks again.
        case wait
    }

    /// `wasAsked` when this is the answer to what was asked then, and not to the question how the order stands.
    package static func giveBack(
        _ told: Result<Observation, Trouble>, wasAsked: Bool
    ) -> Return {
        switch told {
        case .success(let observation):
            switch observation.status {
            case .cancelled, .timedOut, .banned: return .close(isRefunded: true)
            case .finished: return .close(isRefunded: false)
            case .open:
                if wasAsked { return .wait }
                // Once a message has come it is paid for; it is ended, so that the provider's books do not keep it open.
                return .ask(observation.messages.isEmpty ? .cancel : .finish)
            }
        // A number the provider no longer knows of: whether it was paid for cannot be told any more.
        case .failure(.ended(isUnknown: true)): return wasAsked ? .wait : .close(isRefunded: false)
        case .failure: return .wait
        }
    }

    /// What Billing is told of a number that was nobody's; nil when it cost nothing.
    package static func settlement(
        provider: String, reference: String, cost: Money, isRefunded: Bool
    ) -> SettleProvider? {
        guard cost > .zero else { return nil }
        var message = SettleProvider()
        let kinds: [ProviderSettlement.Kind] = isRefunded ? [.charge, .refund] : [.charge]
        message.settlements = kinds.map {
            ProviderSettlement($0, cost, provider: provider, reference: reference, isLoss: true)
        }
        return message
    }
}
