import BillingCore
import Kit
import Testing

@Suite("The chart of accounts")
struct ChartTests {
    @Test("our accounts are apart from each other and from every customer's")
    func apart() {
        let names = (0..<2000).map { "provider-\($0)" } + ["5sim", "sms-activate", "hero", "textverified", "twilio"]
        let ours =
            [Chart.revenue, Chart.costOfSales, Chart.providerLoss, Chart.topUpSource] + names.map(Chart.provider)
        #expect(Set(ours).count == ours.count)
        for id in ours {
            let text = Array(id.description.utf8)
            #expect(text[14] == UInt8(ascii: "8"), "version 8")
            #expect([UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b")].contains(text[19]))
        }
    }

    @Test("the ids are for ever: they are in the database")
    func stable() {
        #expect(Chart.revenue.description == "00000000-0000-8000-8000-000000000001")
        #expect(Chart.costOfSales.description == "00000000-0000-8000-8000-000000000002")
        #expect(Chart.providerLoss.description == "00000000-0000-8000-8000-000000000003")
        #expect(Chart.topUpSource.description == "00000000-0000-8000-8000-000000000004")
        #expect(Chart.provider("5sim").description == "00000000-0001-8000-b467-a4743a09f699")
    }
}
