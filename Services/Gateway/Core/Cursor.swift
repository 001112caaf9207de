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
