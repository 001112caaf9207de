import Kit

/// A service that parks messages it cannot handle; the same word names its schema.
package enum ParkingService: String, CaseIterable, ArgumentValue, Sendable {
    case billing, gateway, verification
}

/// `parked list`
package struct ListParked: CommandArguments, Equatable {
    package var service: ParkingService?
    package var limit: Int?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.optional("service", "<name>", &service, "Only this one's: billing, gateway or verification.")
        arguments.optional("limit", "<n>", &limit, "At most so many of each service; 100 when left out.")
    }

    package var contradiction: String? { limit == 0 ? "--limit must be at least 1" : nil }
}

/// `parked show`, `parked discard`
package struct ParkedMessageArguments: CommandArguments, Equatable {
    package var id = ID.zero
    package var service: ParkingService?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.operand("id", &id, "The message's id, as 'parked list' prints it.")
        arguments.optional("service", "<name>", &service, "Look only here: billing, gateway or verification.")
    }
}

/// `parked replay`
package struct ReplayParked: CommandArguments, Equatable {
    package var ids: [ID] = []
    package var all = false
    package var service: ParkingService?
    package var isDryRun = false
    package var rate: Int?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.flag("all", &all, "Every message that nobody has dealt with, oldest first.")
        arguments.optional("service", "<name>", &service, "Only this one's: billing, gateway or verification.")
        arguments.flag("dry-run", &isDryRun, "Tell what would be sent, and send nothing.")
        arguments.optional("rate", "<n>", &rate, "At most so many messages a second; 50 when left out.")
        arguments.operands("id", &ids, "Ids of messages, as 'parked list' prints them.")
    }

    package var contradiction: String? {
        if all == !ids.isEmpty { return "name the messages by their ids, or say --all" }
        if rate == 0 { return "--rate must be at least 1" }
        return nil
    }
}
