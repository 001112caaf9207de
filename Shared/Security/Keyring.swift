import CSodium
import Runtime

/// One key that makes things and several that are still believed, so that a key can be changed while the service runs:
/// put the new one in front, keep the old ones until nothing made with them is left.
///
/// A key's id is a fingerprint of the key itself, so no numbering has to be configured and two machines cannot disagree
/// about which key is which.
package struct Keyring: Sendable {
    package struct Key: Sendable {
        /// A public fingerprint; tells nothing of the key.
        package let id: UInt32
        package let secret: Secret

        init(_ secret: Secret) {
            self.secret = secret
            id = secret.derived(for: "key id", count: 16).withBytes { bytes in
                bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            }
        }
    }

    /// What new things are made with.
    package let current: Key
    /// Every key that is believed, the current one first.
    package let all: [Key]

    package init(_ current: Secret, previous: [Secret] = []) {
        let keys = ([current] + previous).map(Key.init)
        self.current = keys[0]
        // The same key given twice would be found twice; a true collision of fingerprints is caught here as well.
        all = keys.enumerated().filter { index, key in !keys[..<index].contains { $0.id == key.id } }.map(\.element)
    }

    /// Reads `SECRET_KEY` and, when keys are being changed, `SECRET_KEY_PREVIOUS` with the old ones, comma-separated.
    package init(_ settings: inout ConfigurationReader, _ name: String) {
        let current = Secret(settings.secret(name))
        let previous = settings.optional("\(name)_PREVIOUS")?.split(separator: ",") ?? []
        if previous.contains(where: { $0.utf8.count < 32 }) {
            settings.refuse("\(name)_PREVIOUS", "must hold keys of at least 32 characters")
        }
        self.init(current, previous: previous.map { Secret(String($0)) })
    }

    package func key(_ id: UInt32) -> Key? { all.first { $0.id == id } }

    /// The ring of keys that serve one purpose alone; what is made for one purpose cannot be read for another.
    package func derived(for purpose: String) -> Keyring {
        Keyring(
            all[0].secret.derived(for: purpose), previous: all.dropFirst().map { $0.secret.derived(for: purpose) })
    }
}
