import HTTPServer
import JSON
import Kit
import SandboxCore

/// What the simulated TextVerified knows beside what every seller knows: who is logged in, what was chosen with an order,
/// and the sales, back-orders, billing cycles and wake requests about rentals.
struct TextVerifiedBook: Sendable {
    /// What becomes of the next rentals.
    enum RentalFate: String, Sendable, CaseIterable {
        case served, backorder, failed
    }

    /// How it behaves where the real one may behave this way or that.
    struct Behaviour: Sendable {
        var pageSize = 25
        /// Writes `Sms` where it writes `sms` elsewhere.
        var isCapitalised = false
        /// How long a sale of a rental is in processing.
        var sale = Duration.milliseconds(400)
        var backOrder = Duration.seconds(20)
        /// How long a report is looked at before the money is said to be back.
        var review = Duration.seconds(5)
        /// How long after a call its recording is there.
        var recording = Duration.zero
        /// How long a number may be had again after its first message.
        var reuse = Duration.seconds(600)
        var rentals = RentalFate.served
    }

    struct Token: Sendable {
        let account: Int
        let expires: Timestamp
    }

    /// What was chosen with an order.
    struct Details: Sendable {
        var service: String
        var capability: String
        /// The state of a verification whose number was had again.
        var followed: String?
        var isRenewable = false
        var isAlwaysOn = true
        var days: Int64 = 0
        var cycle: Int?
        var sale: Int?
        var isIncluded = true
        var isOverdue = false
        var isRefunded = false
        var notes = ""
    }

    struct Sale: Sendable {
        let account: Int
        let createdAt: Timestamp
        let decidedAt: Timestamp
        let total: Money
        var order: Int64?
        var backOrder: Int?
        var isFailed = false
    }

    struct BackOrder: Sendable {
        let account: Int
        let sale: Int
        let wish: Purchase
        let details: Details
        let createdAt: Timestamp
        let dueAt: Timestamp
        var order: Int64?
        var isCanceled = false
    }

    struct Invoice: Sendable {
        let createdAt: Timestamp
        let total: Money
        let isPaid: Bool
    }

    struct Cycle: Sendable {
        let account: Int
        let createdAt: Timestamp
        let days: Int64
        var endsAt: Timestamp
        var reminds = true
        var nickname = ""
        var invoices: [Invoice] = []
        var isExpired = false
    }

    struct Wake: Sendable {
        let account: Int
        let order: Int64
        let createdAt: Timestamp
        let start: Timestamp
        let end: Timestamp
    }

    static let tokenLifetime = Duration.seconds(899)

    var behaviour = Behaviour()
    var details: [Int64: Details] = [:]
    var sales: [Sale] = []
    var backOrders: [BackOrder] = []
    var cycles: [Cycle] = []
    var wakes: [Wake] = []
    private var tokens: [String: Token] = [:]
    private var issued: Int64 = 0

    /// Another token for an account; the earlier ones live on until their time.
    mutating func logIn(_ account: Int, at now: Timestamp) -> (token: String, expires: Timestamp) {
        tokens = tokens.filter { $0.value.expires > now }
        issued += 1
        let token = "eyJhbGciOiJIUzI1NiJ9." + OpaqueID.text("", issued, now) + ".sandbox"
        let expires = now + Self.tokenLifetime
        tokens[token] = Token(account: account, expires: expires)
        return (token, expires)
    }

    /// Whose token a request has; nil when it has none that holds.
    func account(of request: HTTPRequest, at now: Timestamp) -> Int? {
        guard let value = request.headers["Authorization"], value.hasPrefix("Bearer "),
            let token = tokens[String(value.dropFirst(7))], now < token.expires
        else { return nil }
        return token.account
    }

    // MARK: what happens by itself

    /// Lets happen what is due, after the seller has done the same.
    mutating func settle(_ seller: inout Seller, _ notices: inout NoticeBook, at now: Timestamp) {
        seller.advance(to: now)
        for index in backOrders.indices {
            let order = backOrders[index]
            guard order.order == nil, !order.isCanceled, order.dueAt <= now else { continue }
            do throws(Refusal) {
                let rented = try seller.buy(order.wish, account: order.account, at: now)
                details[rented.id] = order.details
                backOrders[index].order = rented.id
                sales[order.sale].order = rented.id
                notices.note(
                    "v2.rental.backorder.fulfilled",
                    ["backOrderId": .string(OpaqueID.text("bo_", Int64(index), order.createdAt))], at: now)
            } catch {
                // Neither stock nor money: it is not waited for any longer.
                backOrders[index].isCanceled = true
            }
        }
        for index in cycles.indices {
            while !cycles[index].isExpired, cycles[index].endsAt <= now { renew(index, &seller, &notices, at: now) }
        }
        noteArrivals(&seller, &notices, at: now)
    }

    /// Pays for what of a cycle is to go on; what cannot be paid is overdue.
    mutating func renew(_ cycle: Int, _ seller: inout Seller, _ notices: inout NoticeBook, at now: Timestamp) {
        let days = cycles[cycle].days
        var total = Money.zero
        var isPaid = true
        let included = details.filter { $0.value.cycle == cycle && $0.value.isIncluded && !$0.value.isRefunded }
            .keys.sorted()
        for id in included {
            guard let order = seller.order(id) else { continue }
            do throws(Refusal) {
                _ = try seller.extendRental(
                    id, by: .seconds(days * 86_400), price: order.price, account: order.account, at: now)
                total = total + order.price
                details[id]?.isOverdue = false
            } catch {
                isPaid = false
                details[id]?.isOverdue = true
            }
        }
        let id = JSON.string(OpaqueID.text("bc_", Int64(cycle), cycles[cycle].createdAt))
        guard total > .zero || !isPaid else {
            cycles[cycle].isExpired = true
            return notices.note("v2.rental.billingcycle.expired", ["billingCycleId": id], at: now)
        }
        cycles[cycle].invoices.append(Invoice(createdAt: now, total: total, isPaid: isPaid))
        cycles[cycle].endsAt = cycles[cycle].endsAt + .seconds(days * 86_400)
        if isPaid { notices.note("v2.rental.billingcycle.renewed", ["billingCycleId": id], at: now) }
    }

    private mutating func noteArrivals(_ seller: inout Seller, _ notices: inout NoticeBook, at now: Timestamp) {
        for receipt in seller.takeReceipts() {
            guard let order = seller.order(receipt.order), order.messages.indices.contains(receipt.message) else {
                continue
            }
            let message = order.messages[receipt.message]
            guard !TextVerifiedWriter.isCall(message, order) else { continue }
            var members = TextVerifiedWriter.message(message, order).objectValue ?? []
            members.removeAll { $0.name == "id" }
            members.append(.init("reservationId", .string(TextVerifiedWriter.id(order))))
            notices.note("v2.sms.received", .object(members), at: now)
        }
    }
}
