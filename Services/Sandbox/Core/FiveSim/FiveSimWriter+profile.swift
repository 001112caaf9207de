import JSON
import Kit

extension FiveSimWriter {
    /// Who the customer is and what he has, with the fields that only live answers showed.
    package static func profile(_ account: Account, in seller: Seller, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.integer(account.id)
        writer.key("email")
        writer.string("customer\(account.id)@example.com")
        writer.key("vendor")
        writer.string("demo")
        writer.key("default_forwarding_number")
        writer.string(Seller.defaultForwardingNumber)
        writer.key("balance")
        writer.raw(amount(account.balance))
        writer.key("rating")
        writer.raw(hundredths(account.rating.hundredths))
        writer.key("default_country")
        writer.beginObject()
        writer.key("name")
        writer.string("russia")
        writer.key("iso")
        writer.string("ru")
        writer.key("prefix")
        writer.string("+7")
        writer.endObject()
        writer.key("default_operator")
        writer.beginObject()
        writer.key("name")
        writer.string("")
        writer.endObject()
        writer.key("frozen_balance")
        writer.raw(amount(account.frozen))
        let recent = recent(account, in: seller)
        writer.key("did_order")
        writer.bool(!account.activations.isEmpty)
        writer.key("last_order")
        writer.string(recent[0])
        writer.key("last_top_orders")
        writer.string("{\(recent.joined(separator: ","))}")
        writer.key("last_top_idx")
        writer.integer(Int64(recent.count - 1))
        writer.key("total_active_orders")
        writer.integer(Int64(account.openCount))
        writer.endObject()
    }

    /// The last purchases as `country:product:operator:id:price`; an account without any is shown a suggestion, because
    /// clients split the text without looking whether there is one.
    private static func recent(_ account: Account, in seller: Seller) -> [String] {
        let orders = account.activations.suffix(3).reversed().compactMap { seller.order($0) }
        guard !orders.isEmpty else { return ["england:google:virtual51:98132:0.28"] }
        return orders.map { order in
            let product = seller.product(of: order)
            let price = String(decoding: amount(order.price), as: UTF8.self)
            return [
                seller.place(of: order).country.slug, product.slug, seller.pool(of: order),
                String(90_000 + product.index), price,
            ].joined(separator: ":")
        }
    }
}
