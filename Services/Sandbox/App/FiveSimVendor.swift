import JSON
import SandboxCore

/// The side of those who supply numbers to the provider. The simulated one has no supply of its own: nothing was sold
/// and nothing is owed.
enum FiveSimVendor {
    static let wallets: JSON = ["fkwallet": 43339.55, "payeer": 2117.32, "unitpay": 97.6]
    static let orders: JSON = ["Data": [], "ProductNames": nil, "Statuses": nil, "Total": 0]
    static let payments: JSON = [
        "Data": [], "PaymentTypes": nil, "PaymentProviders": nil, "PaymentStatuses": nil, "Total": 0,
    ]

    /// Checks a wish for a payout. The amount is text in the documents and a number in clients.
    static func withdraw(_ body: JSON) throws(Refusal) {
        let amount = body["amount"]?.doubleValue ?? body["amount"]?.stringValue.flatMap { Double($0) }
        guard let receiver = body["receiver"]?.stringValue, !receiver.isEmpty,
            ["visa", "qiwi", "yandex"].contains(body["method"]?.stringValue),
            let wallet = body["fee"]?.stringValue.flatMap({ wallets[$0] })?.doubleValue, let amount, amount > 0,
            amount <= wallet
        else { throw Refusal(400, "bad request") }
    }
}
