import Kit

/// How the simulated provider behaves where the real one may behave this way or that.
package struct Settings: Hashable, Sendable {
    /// How long an order stays open.
    package var lifetime = Duration.seconds(15 * 60)
    /// How long after buying a cancellation is refused. The real wait is some minutes; none here, so that trying things
    /// out is pleasant.
    package var earlyCancel = Duration.zero
    /// How long an order is `PENDING` before it is `RECEIVED`.
    package var preparation = Duration.zero
    /// The status of refusals about orders: 400 as seen, or 404 as documented.
    package var orderErrorStatus = 400
    /// Whether a rating of zero stops purchases.
    package var enforcesRating = true
    /// How long after buying a number can be had again.
    package var reuseWithin = Duration.seconds(24 * 3600)
    /// Requests a second, for each key and for each address; nil for no limit.
    package var requestsPerSecond: Int? = 100

    /// Whether the first message completes an order, and is paid then; else it is open until it is finished or over.
    package var completesOnMessage = false
    /// Whether what arrives is noted for whoever is to be told of it.
    package var notesReceipts = false
    /// How long after renting a number can be given back for money; nil where it cannot.
    package var rentalCancelWithin: Duration?

    package init() {}
}

/// How messages come.
package struct Arrival: Hashable, Sendable {
    package enum Mode: String, Sendable {
        /// By themselves, after a while.
        case auto
        /// Only when a script sends them.
        case manual
        /// Never by themselves; the same as `manual`, said of an order that is meant to stay empty.
        case never
    }

    package var mode = Mode.auto
    package var median = Duration.seconds(4)
    /// The standard deviation of the logarithm of the delay.
    package var spread = 0.5
    /// The chance of a message; nil leaves it to the rate of the pool.
    package var chance: Double?
    /// The chance of a second message after the first.
    package var second = 0.03
    /// The chance that the provider's parser makes nothing of a text.
    package var unparsed = 0.0

    package init() {}
}

/// The arrival that holds for everything, and exceptions for a product, a country or both; later ones win.
package struct ArrivalPlan: Hashable, Sendable {
    package struct Exception: Hashable, Sendable {
        package let place: Int?
        package let product: Int?
        package var arrival: Arrival
    }

    package var usual = Arrival()
    package private(set) var exceptions: [Exception] = []

    package init() {}

    package func arrival(place: Int, product: Int) -> Arrival {
        exceptions.last { ($0.place ?? place) == place && ($0.product ?? product) == product }?.arrival ?? usual
    }

    /// Sets an exception; without place and product, what holds for everything.
    package mutating func set(_ arrival: Arrival, place: Int?, product: Int?) {
        guard place != nil || product != nil else {
            usual = arrival
            return
        }
        exceptions.removeAll { $0.place == place && $0.product == product }
        exceptions.append(Exception(place: place, product: product, arrival: arrival))
    }

    package mutating func clearExceptions() { exceptions = [] }
}
