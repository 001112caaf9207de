import JSON
import Testing

@Suite struct JSONParserTests {
    private static let good: [(String, JSON)] = [
        ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("0", .integer(0)),
        ("-0", .integer(0)),
        ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("1.0", .number(1)), ("-1.5", .number(-1.5)), ("1e3", .number(1000)), ("1E+3", .number(1000)),
        ("1e-3", .number(0.001)), ("0.1", .number(0.1)), ("123456789.25", .number(123_456_789.25)),
        ("1e308", .number(1e308)), ("5e-324", .number(.leastNonzeroMagnitude)), ("\"\"", .string("")),
        ("\"a\"", .string("a")),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", .string("\"\\/\u{8}\u{C}\n\r\t")), ("\"\\u00e9\"", .string("é")),
        ("\"\\uD83D\\uDE00\"", .string("😀")), ("\"😀\"", .string("😀")), ("\"\\u005C\"", .string("\\")),
        ("\"\u{7F}\"", .string("\u{7F}")), ("\"\u{2028}\"", .string("\u{2028}")), ("[]", .array([])),
        ("{}", .object([])), ("[1,[2,{}]]", .array([.integer(1), .array([.integer(2), .object([])])])),
        (" \t\r\n[ 1 , 2 ] \n", .array([.integer(1), .integer(2)])),
        ("{\"\":1}", .object([.init("", .integer(1))])),
        ("{\"a\":null,\"b\":{}}", .object([.init("a", .null), .init("b", .object([]))])),
        ("{\"a\":1,\"A\":2}", .object([.init("a", .integer(1)), .init("A", .integer(2))])),
    ]

    @Test("what RFC 8259 allows is read", arguments: good)
    func accepted(_ text: String, _ expected: JSON) throws {
        #expect(try JSON(parsing: text) == expected)
    }

    private static let bad: [String] = [
        "", " ", "nul", "True", "NULL", "undefined", "NaN", "Infinity", "-Infinity", "+1", "01", "-01", ".5", "5.",
        "1.e1", "1e", "1e+", "0x10", "1_000", "--1", "-", "1 2", "1,", "[1,]", "[,1]", "[1 2]", "[1", "]", "[1]]",
        "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{1:1}", "{\"a\":1}}",
        "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "{\"a\":1,\"\\u0061\":2}", "'a'", "\"a", "a\"",
        "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\\"", "\"\\a\"", "\"a\nb\"", "\"a\tb\"", "\"\u{1}\"",
        "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800\\u0041\"", "\"\\uDE00\\uD83D\"", "\"\\u0000\"", "{\"\\u0000\":1}",
        "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "1e400", "-1e400",
        "// c\n1", "/* c */1", "1 // c", "# c\n1", "\u{FEFF}1", "[1]\u{A0}", "{\"a\":1};", "[1,2", "{\"a\":[1}",
    ]

    @Test("what RFC 8259 does not allow is refused, and so is what we do not take", arguments: bad)
    func refused(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }

    @Test("bytes that are not UTF-8 are refused, in strings and in names")
    func invalidUTF8() {
        let sequences: [[UInt8]] = [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ]
        for bytes in sequences {
            #expect(throws: JSONSyntaxError.self, "\(bytes)") { try JSON(parsing: [0x22] + bytes + [0x22]) }
            #expect(throws: JSONSyntaxError.self, "\(bytes)") {
                try JSON(parsing: Array("{\"a".utf8) + bytes + Array("\":1}".utf8))
            }
        }
        // UTF-16 and a byte that is no character at all.
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0, 0x61, 0, 0x22, 0]) }
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x31, 0x00]) }
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0x00, 0x22]) }
    }

    @Test("thirty-two levels are read and one more is not, of arrays and of objects")
    func depth() throws {
        func nested(_ count: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: count) + (open == "[" ? "" : "1") + String(repeating: close, count: count)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(throws: Never.self) { try JSON(parsing: nested(JSON.depthLimit, open, close)) }
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: nested(JSON.depthLimit + 1, open, close)) }
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: nested(2000, open, close)) }
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: nested(200_000, open, close)) }
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: String(repeating: open, count: 500_000)) }
        }
    }

    @Test("every beginning of a text is refused, and every change of a byte is refused or read, never fatal")
    func mangled() throws {
        let text = Array("{\"id\":\"é😀\\u00e9\",\"n\":[1,-2.5e3,true,null],\"o\":{\"a\":\"\\n\"}}".utf8)
        #expect(throws: Never.self) { try JSON(parsing: text) }
        for count in 0..<text.count {
            #expect(throws: JSONSyntaxError.self, "\(count) bytes") { try JSON(parsing: text.prefix(count)) }
        }
        for index in text.indices {
            for byte: UInt8 in [0x00, 0x22, 0x2C, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x80, 0xFF] {
                var changed = text
                changed[index] = byte
                // As bytes, because a number without a fraction is written, and read again, as an integer.
                if let value = try? JSON(parsing: changed) {
                    #expect(try JSON(parsing: value.bytes).bytes == value.bytes)
                }
            }
        }
    }

    @Test("members keep their order, and are found by name")
    func order() throws {
        let value = try JSON(parsing: "{\"z\":1,\"a\":2,\"m\":{\"k\":[10,20]}}")
        #expect(value.objectValue?.map(\.name) == ["z", "a", "m"])
        #expect(value["a"] == 2 && value["m"]?["k"]?[1] == 20)
        #expect(value["x"] == nil && value["m"]?["k"]?[2] == nil && value["a"]?["b"] == nil && value[0] == nil)
        #expect(value.text == "{\"z\":1,\"a\":2,\"m\":{\"k\":[10,20]}}")
    }

    @Test("an error says what is wrong and where")
    func messages() {
        #expect {
            try JSON(parsing: "{\n\"a\": nope}")
        } throws: { error in
            (error as? JSONSyntaxError)?.message.contains("line 2") == true
        }
        #expect {
            try JSON(parsing: "")
        } throws: { error in
            (error as? JSONSyntaxError)?.message.isEmpty == false
        }
    }

    @Test("any collection of bytes is read, whether it lies in one piece or not")
    func sequences() throws {
        let bytes = Array("[1,2]".utf8)
        #expect(try JSON(parsing: bytes.lazy.map { $0 }) == [1, 2])
        #expect(try JSON(parsing: (Array("xx".utf8) + bytes).dropFirst(2)) == [1, 2])
    }
}
