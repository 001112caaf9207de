import Bus
import Database

/// The schema `billing`, step by step. A step is never edited after it was released; what changes is a further step.
enum LedgerMigrations {
    static let all = [tables, batches, proof]
}
