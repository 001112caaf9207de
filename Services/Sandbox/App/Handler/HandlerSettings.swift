import HTTPServer
import JSON
import Kit

/// In what the upstreams that speak the SMS-Activate protocol differ, and what one of them may do this way or that.
struct HandlerSettings: Hashable, Sendable {
    /// Refusals are JSON with a status of HTTP, as HeroSMS has it; else a word with status 200.
    var refusesByStatus = false
    /// Whether `setStatus` knows 1.
    var hasReady = true
    /// Whether there are `getNumberV2` and `getStatusV2`.
    var hasV2 = true
    /// Whether there are the calls of HeroSMS alone.
    var hasExtras = false
    /// Price lists are service → country.
    var pricesByService = false
    /// Amounts and counts are texts.
    var numbersAsText = false
    /// What the list of open activations is.
    enum ActiveShape: String, CaseIterable, Sendable {
        /// An object with a list in it.
        case list
        /// An object with an object around rows in it, as HeroSMS has it.
        case object
        /// A list and nothing else, as GrizzlySMS has it.
        case bare
    }

    var activeShape = ActiveShape.list
    /// The messages of a rental are a list, not an object of them.
    var rentValuesAsList = false
    /// A change is answered with 204 and nothing.
    var changesAnswerNothing = false
    /// Everything is called HTML, JSON too, as HeroSMS does; else what it is.
    var callsAllHTML = false
    /// The list of open activations has the customer's name of each.
    var tellsReference = false

    static func usual(_ vendor: Vendor) -> HandlerSettings {
        var settings = HandlerSettings()
        if vendor == .hero {
            settings.refusesByStatus = true
            settings.hasReady = false
            settings.hasExtras = true
            settings.activeShape = .object
            settings.callsAllHTML = true
        }
        return settings
    }

    var json: JSON {
        [
            "errors": refusesByStatus ? "json" : "text", "ready": .bool(hasReady), "v2": .bool(hasV2),
            "prices": pricesByService ? "service" : "country", "numbers": numbersAsText ? "text" : "number",
            "active": .string(activeShape.rawValue), "rent_values": rentValuesAsList ? "list" : "object",
            "empty_changes": .bool(changesAnswerNothing), "tells_reference": .bool(tellsReference),
            "types": callsAllHTML ? "html" : "honest",
        ]
    }
}

/// What is to be set of it; what is absent stays as it is.
struct HandlerWish: JSONRecord {
    var errors: String?
    var ready: Bool?
    var v2: Bool?
    var prices: String?
    var numbers: String?
    var active: String?
    var rentValues: String?
    var emptyChanges: Bool?
    var tellsReference: Bool?
    var types: String?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("errors", &errors, .oneOf(["text", "json"]))
        fields.optional("ready", &ready)
        fields.optional("v2", &v2)
        fields.optional("prices", &prices, .oneOf(["country", "service"]))
        fields.optional("numbers", &numbers, .oneOf(["text", "number"]))
        fields.optional("active", &active, .oneOf(HandlerSettings.ActiveShape.allCases.map(\.rawValue)))
        fields.optional("rent_values", &rentValues, .oneOf(["list", "object"]))
        fields.optional("empty_changes", &emptyChanges)
        fields.optional("tells_reference", &tellsReference)
        fields.optional("types", &types, .oneOf(["html", "honest"]))
    }

    func apply(to settings: inout HandlerSettings) {
        if let errors { settings.refusesByStatus = errors == "json" }
        settings.hasReady = ready ?? settings.hasReady
        settings.hasV2 = v2 ?? settings.hasV2
        if let prices { settings.pricesByService = prices == "service" }
        if let numbers { settings.numbersAsText = numbers == "text" }
        settings.activeShape = active.flatMap { .init(rawValue: $0) } ?? settings.activeShape
        if let rentValues { settings.rentValuesAsList = rentValues == "list" }
        settings.changesAnswerNothing = emptyChanges ?? settings.changesAnswerNothing
        settings.tellsReference = tellsReference ?? settings.tellsReference
        if let types { settings.callsAllHTML = types == "html" }
    }
}
