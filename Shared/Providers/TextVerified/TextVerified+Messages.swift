import HTTPClient
import JSON
import Kit

/// What reached a number.
extension TextVerified {
    /// The messages of a reservation, oldest first. The type is `verification`, `renewable` or `nonrenewable`.
    func messages(_ ref: String, _ type: String) async throws(ProviderError) -> [ProviderMessage] {
        try await arrivals(.messages, "sms", ref, type).compactMap { TextVerifiedReader.message($0) }
            .sorted(by: \.receivedAt)
    }

    /// The calls of a reservation, oldest first.
    func calls(_ ref: String, _ type: String) async throws(ProviderError) -> [ProviderCall] {
        try await arrivals(.calls, "calls", ref, type).compactMap { TextVerifiedReader.call($0) }
            .sorted(by: \.receivedAt)
    }

    private func arrivals(
        _ endpoint: TextVerifiedEndpoint, _ path: String, _ ref: String, _ type: String
    ) async throws(ProviderError) -> [JSON] {
        let query: [(name: String, value: String?)] = [("reservationId", ref), ("reservationType", type)]
        return try await list(endpoint, try url(endpoint, [path], query)).rows
    }

    /// The sound of a call. Where it lies with somebody else, who may send us on, the token stays here.
    package func recording(of call: ProviderCall) async throws(ProviderError) -> ProviderRecording {
        guard let href = call.recording, var address = base.resolve(href) else {
            throw ProviderError(
                .tooEarly(retryAfter: .seconds(5)), endpoint: TextVerifiedEndpoint.recording.rawValue,
                text: "There is no recording yet.")
        }
        for _ in 0..<4 {
            var question = Question(.recording, address)
            question.maximumBody = configuration.maximumRecording
            let step = try await authorised(question) { response in Self.recording(response) }
            switch step {
            case .sound(let recording): return recording
            case .elsewhere(let place):
                // Relative to where it was found, which is not where we began.
                guard let next = TextVerifiedBase(Self.root(address)).resolve(place) else {
                    throw TextVerifiedAnswer.unfit(.recording, "The recording is nowhere.")
                }
                address = next
            }
        }
        throw TextVerifiedAnswer.unfit(.recording, "The recording is always somewhere else.")
    }

    private enum Step: Sendable {
        case sound(ProviderRecording)
        case elsewhere(String)
    }

    private static func recording(_ response: ClientResponse) -> Result<Step, ProviderError> {
        if (301...308).contains(response.status), let place = response.header("Location") {
            return .success(.elsewhere(place))
        }
        guard (200..<300).contains(response.status) else {
            return TextVerifiedAnswer.read(status: response.status, body: response.body, endpoint: .recording)
                .flatMap { _ in .failure(TextVerifiedAnswer.unfit(.recording, "There is no sound.")) }
        }
        let type = (response.header("Content-Type") ?? "").prefix { $0 != ";" }.lowercased().trimmed
        guard !response.body.isEmpty, !type.hasPrefix("text/"), type != "application/json" else {
            return .failure(TextVerifiedAnswer.unfit(.recording, "What came is no sound."))
        }
        return .success(
            .sound(ProviderRecording(type: type.isEmpty ? "audio/wav" : type, bytes: response.body)))
    }

    /// An address up to its path.
    private static func root(_ address: String) -> String {
        guard let start = address.firstIndex(of: ":").map({ address.index($0, offsetBy: 3) }) else { return address }
        return String(address[..<start] + address[start...].prefix { !"/?#".contains($0) })
    }

    /// What lets an application take the call itself while it rings; not offered to everybody.
    package func callToken(_ ref: String) async throws(ProviderError) -> String {
        let json = try await ask(
            Question(
                .callToken, try url(.callToken, ["calls", "access-token"]), .post,
                body: ["reservationId": .string(ref)])
        ).json
        guard let token = TextVerifiedReader.text(json["twilioContext"]?["token"] ?? json["token"]) else {
            throw TextVerifiedAnswer.unfit(.callToken, "There is no token.")
        }
        return token
    }
}

extension Array {
    /// By a time that may be missing; what has none, or the same, stays in the order it came in.
    fileprivate func sorted(by time: KeyPath<Element, Timestamp?>) -> [Element] {
        enumerated().sorted { left, right in
            let (one, other) = (left.element[keyPath: time], right.element[keyPath: time])
            if let one, let other, one != other { return one < other }
            return left.offset < right.offset
        }.map(\.element)
    }
}
