import Testing

@testable import Codes

@Suite struct CodesTests {
    @Test("the tables are there, and as wide as they should be")
    func tables() {
        #expect(Sample.table("otp-samples.tsv").count == 53)
        #expect(Sample.table("codes.tsv").count >= 150)
        #expect(Sample.table("decoys.tsv").count >= 150)
        #expect(Set(Sample.table("codes.tsv").map(\.language)).count >= 50)
    }

    @Test("every text of the project's samples gives its code", arguments: Sample.table("otp-samples.tsv"))
    func samples(_ sample: Sample) {
        #expect(CodeExtractor.code(in: sample.text, voice: sample.isVoice) == sample.expected)
        // Not knowing whether it is a transcript changes nothing.
        #expect(CodeExtractor.code(in: sample.text) == sample.expected)
    }

    @Test("texts of many services and languages give their codes", arguments: Sample.table("codes.tsv"))
    func codes(_ sample: Sample) {
        #expect(CodeExtractor.code(in: sample.text, voice: sample.isVoice) == sample.expected)
        #expect(CodeExtractor.code(in: sample.text) == sample.expected)
    }

    @Test("texts without a code give none, however many numbers they hold", arguments: Sample.table("decoys.tsv"))
    func decoys(_ sample: Sample) {
        #expect(CodeExtractor.code(in: sample.text, voice: sample.isVoice) == sample.expected)
        #expect(CodeExtractor.code(in: sample.text) == sample.expected)
    }
}
