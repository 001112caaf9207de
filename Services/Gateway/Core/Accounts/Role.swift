import JSON

/// What an account may do.
package enum Role: String, JSONEnum {
    /// Sees and does what is its own.
    case user
    /// Sees everybody's, changes nothing.
    case support
    case admin

    /// Whether another account's things are visible.
    package var seesEverybody: Bool { self != .user }

    /// Whether it may do what the other role may.
    package func includes(_ other: Role) -> Bool {
        switch other {
        case .user: true
        case .support: self != .user
        case .admin: self == .admin
        }
    }
}
