import Kit

/// Where a page of a list ended. Opaque to callers; a letter before the id tells a cursor from an id pasted by mistake.
package struct Cursor: Hashable, Sendable, LosslessStringConvertible {
    package let id: ID

    package init(id: ID) { self.id = id }

    package init?(_ description: String) {
        guard description.first == "c", let id = ID(String(description.dropFirst())) else { return nil }
        self.id = id
    }

    package var description: String { "c\(id)" }
}

/// The same for rows that are counted.
package struct NumberCursor: Hashable, Sendable, LosslessStringConvertible {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    package init?(_ description: String) {
        guard description.first == "n", let number = Int64(description.dropFirst()), number > 0 else { return nil }
        self.number = number
    }

    package var description: String { "n\(number)" }
}
