import Kit
import Testing

@testable import Choosing

@Suite("A policy in words")
struct PolicyWordsTests {
    @Test("what is named is changed, and nothing else")
    func changes() throws {
        var policy = RoutingPolicy()
        try policy.change("waiting-per-minute=0.06,silence=90,usual-wait=7.5,exploration=0,margin=0.2")
        var wanted = RoutingPolicy()
        wanted.waitingPerSecond = Money(micro: 1000)
        wanted.silence = .seconds(90)
        wanted.usualWait = .milliseconds(7500)
        wanted.exploration = 0
        wanted.margin = 0.2
        #expect(policy == wanted)
    }

    @Test(
        "what cannot be understood is said",
        arguments: [
            "", "margin", "margin=", "margin=x", "margin=-0.1", "margin=2", "margin=nan", "silence=0", "patience=3",
            "margin=0.1,,exploration=1", "exploration=1.5", "waiting-per-minute=-1",
        ])
    func refusals(_ text: String) {
        var policy = RoutingPolicy()
        #expect(throws: RoutingPolicy.Unclear.self) { try policy.change(text) }
    }
}
