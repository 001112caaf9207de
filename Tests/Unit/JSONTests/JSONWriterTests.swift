import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test("every character comes back as it was, and what must be escaped is")
    func escapes() throws {
        for value in 1...0x2FF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "a\(Character(scalar))b"
            let written = JSON.string(text).text
            #expect(try JSON(parsing: written) == .string(text), "U+\(String(value, radix: 16))")
            #expect(written.utf8.allSatisfy { $0 >= 0x20 })
        }
        #expect(JSON.string("\"\\/\n\r\t\u{8}\u{1F}").text == "\"\\\"\\\\/\\n\\r\\t\\u0008\\u001f\"")
        #expect(JSON.string("😀é\u{2028}").text == "\"😀é\u{2028}\"")
        // A NUL can be written; no reader of ours takes it.
        #expect(JSON.string("\0").text == "\"\\u0000\"")
    }

    @Test("names are escaped as strings are")
    func names() throws {
        let value = JSON.object([.init("a\"\n", 1)])
        #expect(value.text == "{\"a\\\"\\n\":1}")
        #expect(try JSON(parsing: value.bytes) == value)
    }

    @Test(
        "numbers read back as the same number",
        arguments: [
            0.0, -0.0, 1, -1, 0.1, 1.5, 1e15, 1e16, 123_456_789_012_345, 1e21, 1e-7, .leastNonzeroMagnitude,
            .greatestFiniteMagnitude,
            -.leastNormalMagnitude, .pi, 1 / 3, 999_999_999_999_999, 2e15, 4503599627370496.5,
        ])
    func numbers(_ value: Double) throws {
        #expect(try JSON(parsing: JSON.number(value).text).doubleValue == value)
    }

    @Test("what JSON has no number for is null")
    func noNumbers() {
        for value in [Double.nan, .infinity, -.infinity] { #expect(JSON.number(value).text == "null") }
    }

    @Test("integers are exact to the last")
    func integers() throws {
        for value in [Int64.min, .min + 1, -1, 0, 1, 1 << 53 + 1, .max - 1, .max] {
            #expect(JSON.integer(value).text == String(value))
            #expect(try JSON(parsing: JSON.integer(value).text) == .integer(value))
        }
    }

    @Test("commas stand where they must, at every depth")
    func commas() throws {
        let value: JSON = [
            "a": [], "b": .object([]), "c": [1, [2, [3, []]], ["x": nil, "y": [true, false]]], "d": "", "e": nil,
        ]
        #expect(
            value.text
                == "{\"a\":[],\"b\":{},\"c\":[1,[2,[3,[]]],{\"x\":null,\"y\":[true,false]}],\"d\":\"\",\"e\":null}")
        #expect(try JSON(parsing: value.text) == value)
    }

    @Test("text that is JSON already is taken as it is, with its comma")
    func raw() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(1)
        writer.raw("{\"a\":2}".utf8)
        writer.string("x")
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[1,{\"a\":2},\"x\"]")
    }
}
