import Contracts
import JSON
import Kit
import Testing

@testable import GatewayCore

@Suite("Calls and their recordings in the gateway")
struct VoiceTests {
    @Test("one range of bytes is honoured, cut to what there is; everything else means the whole")
    func ranges() {
        let cases: [(String?, Range<Int>?)] = [
            ("bytes=0-0", 0..<1), ("bytes=0-99", 0..<100), ("Bytes=10-", 10..<100), ("bytes=90-200", 90..<100),
            ("bytes=-1", 99..<100), ("bytes=-100", 0..<100), ("bytes=-1000", 0..<100), ("bytes=99-", 99..<100),
            (nil, nil), ("", nil), ("bytes=", nil), ("bytes=-", nil), ("bytes=-0", nil), ("bytes=100-", nil),
            ("bytes=100-200", nil), ("bytes=5-4", nil), ("bytes=0-1,4-5", nil), ("items=0-1", nil), ("bytes=a-b", nil),
            ("bytes=0x1-2", nil), ("bytes=+1-2", nil), ("bytes=1-2-3", nil), ("bytes=9999999999999999999-", nil),
            ("bytes= 0-1", nil), ("bytes=0-9223372036854775807", nil), ("bytes=0-999999999999999999", 0..<100),
        ]
        for (header, range) in cases { #expect(ByteRange.parse(header, size: 100) == range, "\(header ?? "none")") }
        #expect(ByteRange.parse("bytes=0-0", size: 0) == nil)
    }

    @Test("of what a batch tells of one call, the highest version of its verification holds")
    func newest() {
        let call = ID.new()
        func fact(_ version: Int, _ status: CallStatus) -> VerificationFact {
            var told = ReceivedCall()
            told.id = call
            told.status = Open(status)
            var fact = VerificationFact()
            fact.verificationID = ID(high: 1, low: 1)
            fact.version = version
            fact.calls = [told]
            return fact
        }
        for order in [[5, 6, 7], [7, 6, 5], [6, 7, 5]] {
            var batch = FactBatch()
            for version in order {
                batch.take(.callReceived, fact(version, version == 7 ? .transcribed : .received))
            }
            #expect(batch.calls.count == 1 && batch.calls[call]?.version == 7)
            #expect(batch.calls[call]?.call.status == Open(.transcribed))
            #expect(batch.messages.isEmpty)
        }
    }
}
