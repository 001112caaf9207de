import JSON
import Kit

/// What is done with an activation.
extension SMSActivate {
    func checkActivation(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        let id = try activation(ref, .checkV2)
        let told = try await status(of: id)
        if told.isWord("STATUS_CANCEL") { return try await ended(id) }
        return try await order(id, told)
    }

    /// Says that the number was given to the service, where the upstream wants to know.
    package func ready(_ ref: String) async throws(ProviderError) {
        let id = try activation(ref, .ready)
        guard dialect.hasReady else {
            throw ProviderError(.unsupported, endpoint: SMSActivateAction.ready.rawValue)
        }
        _ = try await setStatus(id, 1, .ready)
    }

    func finishActivation(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        let id = try activation(ref, .finish)
        _ = try await setStatus(id, 6, .finish)
        return ProviderOrder(ref: id, phone: nil, status: .finished)
    }

    /// Gives an activation back. That it was taken back is told only once the activation itself says that it is over,
    /// and history, where there is one, knows of no message: one whose code has come may ignore the wish and answer as if
    /// it did not.
    func cancelActivation(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        let id = try activation(ref, .cancel)
        do throws(ProviderError) {
            _ = try await setStatus(id, dialect.cancelCode, .cancel)
        } catch {
            guard error.text.hasPrefix("BAD_STATUS") else { throw error }
            // The oldest have one word for every wish that comes too late.
            let told = try await status(of: id)
            let isOver = told.isWord("STATUS_CANCEL")
            let hasContent = isOver ? false : try await order(id, told).hasContent
            guard isOver || hasContent else { throw error }
            throw ProviderError(
                .orderFinished(isOver ? .expired : .hasSMS), endpoint: error.endpoint, status: error.status,
                text: error.text)
        }
        let told: Told
        do throws(ProviderError) {
            told = try await status(of: id)
        } catch {
            guard case .orderFinished = error.kind else { throw error }
            return ProviderOrder(ref: id, phone: nil, status: .cancelled)
        }
        guard told.isWord("STATUS_CANCEL") else { return try await order(id, told) }
        let past = try await ended(id)
        return past.status == .finished ? past : ProviderOrder(ref: id, phone: nil, status: .cancelled)
    }

    func setStatus(
        _ id: String, _ status: Int, _ action: SMSActivateAction
    ) async throws(ProviderError) -> Told {
        try await ask(action, [("id", id), ("status", String(status))])
    }

    /// The id of an activation.
    func activation(_ ref: String, _ action: SMSActivateAction) throws(ProviderError) -> String {
        guard let id = reader.identifier(.string(ref)) else { throw mistake(action, "This is no activation's id.") }
        return id
    }

    // MARK: - Status

    /// The newer call where there is one; the older where it turns out that there is none.
    private func status(of id: String) async throws(ProviderError) -> Told {
        if dialect.hasStatusV2 {
            do throws(ProviderError) {
                return try await ask(.checkV2, [("id", id)])
            } catch {
                guard error.kind == .ourMistake, error.text.hasPrefix("BAD_ACTION") else { throw error }
            }
        }
        do throws(ProviderError) {
            return try await ask(.check, [("id", id)])
        } catch {
            guard dialect.blursBadActions, error.kind == .account(.credentials) else { throw error }
            // With a wrong key this is refused as well, and tells so.
            _ = try await balance()
            throw ProviderError(
                .orderFinished(.notFound), endpoint: error.endpoint, status: error.status, text: error.text)
        }
    }

    private func order(_ id: String, _ told: Told) async throws(ProviderError) -> ProviderOrder {
        switch told.content {
        case .json(let json):
            guard json.objectValue != nil else {
                throw SMSActivateAnswer.unfit(.checkV2, "The answer is no status.")
            }
            var order = reader.status(of: id, json)
            if dialect.hasAllMessages, !order.messages.isEmpty, let all = try await allMessages(id) {
                order.messages = all
            }
            return order
        case .word(let word, let rest): return reader.status(of: id, word: word, rest: rest)
        case .nothing: throw SMSActivateAnswer.unfit(.checkV2, "The answer is no status.")
        }
    }

    /// Every message of an open activation; nil when it is not open any more, and the status has to do.
    private func allMessages(_ id: String) async throws(ProviderError) -> [ProviderMessage]? {
        do throws(ProviderError) {
            let json = try await json(.messages, [("id", id)])
            guard let messages = reader.allMessages(of: id, json) else {
                throw SMSActivateAnswer.unfit(.messages, "The answer is not a list of messages.")
            }
            return messages.isEmpty ? nil : messages
        } catch {
            switch error.kind {
            case .orderFinished, .ourMistake: return nil
            default: throw error
            }
        }
    }

    /// What became of an activation that is over: finished, cancelled and left alone are one word, so that history has
    /// to tell. Where it does not, nobody can say whether the money came back.
    private func ended(_ id: String) async throws(ProviderError) -> ProviderOrder {
        let unknown = ProviderOrder(ref: id, phone: nil, status: .unknown("STATUS_CANCEL"))
        guard dialect.hasHistory else { return unknown }
        var history = HistoryWalk(days: 2)
        while let rows = try await nextPage(&history) {
            if let order = rows.first(where: { $0.ref == id }) { return order }
        }
        return unknown
    }
}

extension ProviderOrder {
    /// Something came for it.
    fileprivate var hasContent: Bool { !messages.isEmpty || !calls.isEmpty }
}

extension SMSActivate.Told {
    func isWord(_ word: String) -> Bool { if case .word(word, _) = content { true } else { false } }
}
