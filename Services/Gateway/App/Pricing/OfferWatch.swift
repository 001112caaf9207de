import Kit
import Runtime

/// Looks every two seconds whether what this gateway holds of the prices is still so. Most changes it is told of sooner;
/// this bounds how long one can stay that it was not told of.
enum OfferWatch {
    static func job(_ offers: OfferCache, log: Log) -> RepeatingJob {
        RepeatingJob("offers", every: .seconds(2), log: log) { _ in try await offers.check() }
    }
}
