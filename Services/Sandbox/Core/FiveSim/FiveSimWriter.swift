import JSON
import Kit

/// 5SIM's JSON, written by hand: the names, their case and their order are those of the provider's documents.
package enum FiveSimWriter {
    /// RFC 3339 with nine digits after the point. The last three, finer than our clock, follow from `salt`, so that the
    /// same moment is always written the same.
    package static func time(_ time: Timestamp, salt: Int64) -> String {
        let seconds = time.microseconds / 1_000_000
        let nanoseconds = (time.microseconds % 1_000_000) * 1_000 + salt % 1_000
        let whole = Timestamp(seconds: seconds).description.dropLast()
        let fraction = String(nanoseconds)
        return "\(whole).\(String(repeating: "0", count: 9 - fraction.utf8.count))\(fraction)Z"
    }

    /// An amount as a number: `12.5`, `0.0081`, `100`.
    package static func amount(_ money: Money) -> [UInt8] {
        var text = Array(money.description.utf8)
        while text.last == UInt8(ascii: "0") { text.removeLast() }
        if text.last == UInt8(ascii: ".") { text.removeLast() }
        return text
    }

    /// Hundredths as a number: `99.99`, `96`.
    package static func hundredths(_ value: Int) -> [UInt8] { amount(Money(micro: Int64(value) * 10_000)) }

    /// An order as buy, check, finish, cancel, ban and reuse answer it. A row of the history leaves forwarding out, as
    /// does a rental.
    package static func order(
        _ order: Order, in seller: Seller, isRow: Bool = false, id: Int64? = nil, to writer: inout JSONWriter
    ) {
        let product = seller.product(of: order)
        writer.beginObject()
        writer.key("id")
        writer.integer(id ?? order.id)
        writer.key("phone")
        writer.string("+" + order.phone)
        writer.key("operator")
        writer.string(seller.pool(of: order))
        writer.key("product")
        writer.string(product.slug)
        writer.key("price")
        writer.raw(amount(order.price))
        writer.key("status")
        writer.string(order.status.rawValue)
        writer.key("expires")
        writer.string(time(order.expiresAt, salt: order.id))
        writer.key("sms")
        if isRow || order.wasChecked || !order.messages.isEmpty || !order.status.isOpen {
            writer.beginArray()
            for message in order.messages { self.message(message, inInbox: false, to: &writer) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.key("created_at")
        writer.string(time(order.createdAt, salt: order.id))
        if !isRow, product.category == .activation {
            writer.key("forwarding")
            writer.bool(order.forwardingNumber != nil)
            writer.key("forwarding_number")
            writer.string(order.forwardingNumber ?? "")
        }
        writer.key("country")
        writer.string(seller.place(of: order).country.slug)
        writer.endObject()
    }

    /// A message, within an order or in the inbox of a rental, which writes the id in capitals and knows two more fields.
    package static func message(_ message: Message, inInbox: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key(inInbox ? "ID" : "id")
        writer.integer(message.id)
        writer.key("created_at")
        writer.string(time(message.createdAt, salt: message.id))
        writer.key("date")
        writer.string(time(message.date, salt: message.id))
        writer.key("sender")
        writer.string(message.sender)
        writer.key("text")
        writer.string(message.text)
        writer.key("code")
        if let code = message.code { writer.string(code) } else { writer.null() }
        if inInbox {
            writer.key("is_wave")
            writer.bool(false)
            writer.key("wave_uuid")
            writer.string("")
        }
        writer.endObject()
    }

    /// `{"Data":[…],"Total":1}`
    package static func inbox(_ order: Order, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("Data")
        writer.beginArray()
        for message in order.messages { self.message(message, inInbox: true, to: &writer) }
        writer.endArray()
        writer.key("Total")
        writer.integer(Int64(order.messages.count))
        writer.endObject()
    }

    /// `{"Data":[…],"ProductNames":[{"Name":…}],"Statuses":[{"Name":…}],"Total":3}`
    package static func history(_ page: HistoryPage, in seller: Seller, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("Data")
        writer.beginArray()
        for order in page.orders { self.order(order, in: seller, isRow: true, to: &writer) }
        writer.endArray()
        names("ProductNames", page.productNames, to: &writer)
        names("Statuses", page.statuses, to: &writer)
        writer.key("Total")
        writer.integer(Int64(page.total))
        writer.endObject()
    }

    private static func names(_ key: String, _ names: [String], to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for name in names {
            writer.beginObject()
            writer.key("Name")
            writer.string(name)
            writer.endObject()
        }
        writer.endArray()
    }

    /// The top-ups, with rows in Pascal case.
    package static func payments(
        _ payments: [Account.Payment], total: Int, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("Data")
        writer.beginArray()
        for payment in payments {
            writer.beginObject()
            writer.key("ID")
            writer.integer(payment.id)
            writer.key("TypeName")
            writer.string("charge")
            writer.key("ProviderName")
            writer.string("admin")
            writer.key("Amount")
            writer.raw(amount(payment.amount))
            writer.key("Balance")
            writer.raw(amount(payment.balance))
            writer.key("CreatedAt")
            writer.string(time(payment.createdAt, salt: payment.id))
            writer.endObject()
        }
        writer.endArray()
        names("PaymentTypes", total > 0 ? ["charge"] : [], to: &writer)
        names("PaymentProviders", total > 0 ? ["admin"] : [], to: &writer)
        writer.key("PaymentStatuses")
        writer.null()
        writer.key("Total")
        writer.integer(Int64(total))
        writer.endObject()
    }

    /// The ceilings. Documents and clients disagree on how the time is spelled, so it is there in both ways.
    package static func maxPrices(_ prices: [Account.MaxPrice], to writer: inout JSONWriter) {
        writer.beginArray()
        for price in prices {
            let time = time(price.createdAt, salt: price.id)
            writer.beginObject()
            writer.key("id")
            writer.integer(price.id)
            writer.key("product")
            writer.string(price.product)
            writer.key("price")
            writer.raw(amount(price.price))
            writer.key("CreatedAt")
            writer.string(time)
            writer.key("created_at")
            writer.string(time)
            writer.endObject()
        }
        writer.endArray()
    }
}
