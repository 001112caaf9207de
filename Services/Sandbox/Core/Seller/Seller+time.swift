import Kit

extension Seller {
    /// Lets everything happen that is due by then, each at its own time.
    package mutating func advance(to time: Timestamp) {
        while let (at, event) = timers.take(due: time) {
            now = max(now, at)
            switch event {
            case .ready(let id): if let index = index(of: id) { makeReady(index) }
            case .expiry(let id): if let index = index(of: id) { expire(index) }
            case .message(let id): if let index = index(of: id) { deliver(index) }
            case .scripted(let id, let content, let code):
                if let index = index(of: id) { receive(index, content, code: code) }
            }
        }
        now = max(now, time)
    }

    private mutating func makeReady(_ index: Int) {
        if orders[index].status == .pending { orders[index].status = .received }
    }

    /// What has a message by now is complete; what has none is paid back.
    private mutating func expire(_ index: Int) {
        // Of an order that was prolonged meanwhile, a later event tells the end.
        guard orders[index].status.isOpen, orders[index].expiresAt <= now else { return }
        let rented = product(of: orders[index]).category == .hosting
        let complete = rented || !orders[index].messages.isEmpty
        close(index, as: complete ? .finished : .timeout, rating: rented ? nil : complete ? .autoComplete : .timeout)
    }

    /// Decides whether and when the first message of a new order comes.
    mutating func schedule(_ order: Order, chance: Double, median: Duration? = nil) {
        let arrival = arrivals.arrival(place: order.offer.place, product: order.offer.product)
        let key = UInt64(bitPattern: order.id)
        guard arrival.mode == .auto, dice.unit(.delivery, key) < arrival.chance ?? chance else { return }
        let delay = dice.logNormal(median: median ?? arrival.median, spread: arrival.spread, .delay, key)
        let at = now + settings.preparation + delay
        guard at < order.expiresAt else { return }
        timers.add(.message(order.id), at: at)
    }

    private static let messagesOfRental = 200

    private mutating func deliver(_ index: Int) {
        let order = orders[index]
        guard order.status.isOpen else { return }
        let arrival = arrivals.arrival(place: order.offer.place, product: order.offer.product)
        let key = UInt64(bitPattern: order.id)
        let ordinal = order.composed
        orders[index].composed += 1
        let rented = product(of: order).category == .hosting
        // On a rented number any of the better known services may write.
        let product =
            rented
            ? market.products[dice.below(60, .rental, key, UInt64(ordinal))] : product(of: order)
        let content = composer.compose(
            product: product, language: place(of: order).language, order: order.id, ordinal: ordinal,
            voice: order.isVoice)
        let unparsed =
            isUnparsed(product) || dice.unit(.code, key, 1 << 32 | UInt64(ordinal)) < arrival.unparsed
        receive(index, content, code: unparsed ? nil : content.code)
        let again = rented ? ordinal < Self.messagesOfRental : ordinal == 0
        guard again, rented || dice.unit(.second, key) < arrival.second else { return }
        let pause = rented ? Duration.seconds(600) : max(arrival.median, .milliseconds(1)) * 5
        let at = now + dice.logNormal(median: pause, spread: arrival.spread, .delay, key, UInt64(ordinal) + 1)
        if at < order.expiresAt { timers.add(.message(order.id), at: at) }
    }

    /// Services whose texts the provider's parser does not know: a twentieth of the long tail.
    private func isUnparsed(_ product: Product) -> Bool {
        product.index >= 60 && dice.unit(.code, UInt64(product.index), 1 << 40) < 0.05
    }

    private mutating func receive(_ index: Int, _ content: MessageComposer.Content, code: String?) {
        lastMessage += 1
        // The network had it a moment before it was stored.
        let transit = Duration.microseconds(
            40_000 + Int64(dice.below(400_000, .delay, UInt64(bitPattern: lastMessage), 7)))
        orders[index].messages.append(
            Message(
                id: lastMessage, createdAt: now, date: max(orders[index].createdAt, now - transit),
                sender: content.sender, text: content.text, code: code, form: content.form))
        if settings.completesOnMessage, orders[index].status.isOpen, product(of: orders[index]).category == .activation
        {
            close(index, as: .finished, rating: .finish)
        }
        if settings.notesReceipts {
            receipts.append(Receipt(order: orders[index].id, message: orders[index].messages.count - 1, at: now))
        }
    }

    // MARK: Scripts

    /// What the parser is to make of a scripted message.
    package enum ScriptedCode: Hashable, Sendable {
        /// Whatever looks like a code in the text.
        case parsed
        case given(String)
        /// Nothing.
        case none
    }

    /// Has a message arrive on an order, open or not (a late one), after a delay. Without a text, what the service would
    /// write next. False when there is no such order.
    package mutating func script(
        _ id: Int64, text: String?, sender: String?, code: ScriptedCode, form: Message.Form = .text,
        after delay: Duration, at time: Timestamp
    ) -> Bool {
        advance(to: time)
        guard let index = index(of: id) else { return false }
        let order = orders[index]
        var content = composer.compose(
            product: product(of: order), language: place(of: order).language, order: id, ordinal: order.composed,
            voice: order.isVoice || form == .call)
        content.form = form
        orders[index].composed += 1
        if let sender { content.sender = sender }
        var bare: String? = content.code
        if let text {
            content.text = text
            bare = Self.parse(text)
        }
        switch code {
        case .parsed: break
        case .given(let code): bare = code
        case .none: bare = nil
        }
        timers.add(.scripted(id, content, code: bare), at: now + delay)
        advance(to: now)
        return true
    }

    /// The provider's parser, as far as it is known: the first four to eight digits in a row, one hyphen allowed.
    static func parse(_ text: String) -> String? {
        var digits = ""
        var previousWasHyphen = false
        for byte in Array(text.utf8) + [0x20] {
            if (0x30...0x39).contains(byte) {
                digits.unicodeScalars.append(Unicode.Scalar(byte))
                previousWasHyphen = false
            } else if byte == UInt8(ascii: "-"), !digits.isEmpty, !previousWasHyphen {
                previousWasHyphen = true
            } else {
                if (4...8).contains(digits.utf8.count) { return digits }
                digits = ""
                previousWasHyphen = false
            }
        }
        return nil
    }
}
