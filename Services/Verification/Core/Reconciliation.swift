import Kit

/// Settles what a provider's own list says against the purchases whose outcome nobody knows.
///
/// Numbers of one provider, service and country are interchangeable as long as no message has come, so that this is an
/// assignment, not an identification: the oldest unclear purchase takes the oldest number nobody has. Clocks of two
/// machines are compared only for horizons, never to match.
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

        package init(
            orderID: ID, attempt: Int, service: String, country: String, ceiling: Money, deadline: Timestamp,
            misses: Int, lastMissAt: Timestamp?
        ) {
            self.orderID = orderID
            self.attempt = attempt
            self.service = service
            self.country = country
            self.ceiling = ceiling
            self.deadline = deadline
            self.misses = misses
            self.lastMissAt = lastMissAt
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
    /// the provider.
    package static func settle(
        _ unclear: [Unclear], against unclaimed: [Unclaimed], readAt: Timestamp, grace: Duration
    ) -> Verdict {
        var verdict = Verdict()
        var free = unclaimed
        for purchase in unclear.sorted(by: { ($0.deadline, $0.orderID) < ($1.deadline, $1.orderID) }) {
            let match = free.firstIndex {
                $0.service == purchase.service && $0.country == purchase.country && $0.cost <= purchase.ceiling
            }
            if let match {
                verdict.adopted[purchase] = free.remove(at: match).reference
                continue
            }
            guard readAt > purchase.deadline + grace else { continue }
            guard purchase.lastMissAt.map({ readAt >= $0 + readingsApart }) ?? true else { continue }
            if purchase.misses + 1 >= readingsNeeded {
                verdict.absent.append(purchase)
            } else {
                verdict.missed.append(purchase)
            }
        }
        return verdict
    }
}
