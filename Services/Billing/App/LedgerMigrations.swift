import Bus
import Database

/// The schema `billing`, step by step. A step is never edited after it was released; what changes is a further step.
package enum LedgerMigrations {
    package static let all = [
        Migration(1, "accounts and transfers", tables),
        Migration(2, "batches", batches),
        Migration(3, "journal and proof", proof),
        Migration(4, "outbox", BusMigrations.outbox),
        Migration(5, "inbox", BusMigrations.inbox),
        Migration(6, "lease", BusMigrations.lease),
        Migration(7, "parked", BusMigrations.parked),
        Migration(8, "proof by transfer", proofByTransfer),
    ]
}
