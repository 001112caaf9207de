import JSON
import Kit
import Testing

private enum Colour: String, JSONEnum { case red, green }

private struct Inner: JSONRecord, Equatable {
    var name = ""
    var size: Int?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("name", &name, .length(1...5))
        fields.optional("size", &size, .range(0...10))
    }
}

private struct Outer: JSONRecord, Equatable {
    var id = ID.zero
    var price = Money.zero
    var at: Timestamp?
    var phone: PhoneNumber?
    var colour: Colour?
    var state: Open<Colour>?
    var inner: Inner?
    var many: [Inner]?
    var note: String?
    var ratio: Double?
    var flag: Bool?
    var slug: String?
    var email: String?
    var word: String?
    var anything: JSON?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("price", &price)
        fields.optional("at", &at)
        fields.optional("phone", &phone)
        fields.optional("colour", &colour)
        fields.optional("state", &state)
        fields.optional("inner", &inner)
        fields.optional("many", &many, .length(0...2))
        fields.nullable("note", &note, .note("What it is for."))
        fields.optional("ratio", &ratio)
        fields.optional("flag", &flag)
        fields.optional("slug", &slug, .slug)
        fields.optional("email", &email, .email)
        fields.optional("word", &word, .oneOf(["yes", "no"]))
        fields.optional("anything", &anything)
    }
}

@Suite struct JSONRecordTests {
    private static let id = "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"
    private static let whole = """
        {"id":"0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21","price":{"amount":"0.7500","currency":"USD"},\
        "at":"2026-02-03T10:35:11Z","phone":"+447700900123","colour":"red","state":"purple",\
        "inner":{"name":"a","size":3},"many":[{"name":"b"},{"name":"c","size":0}],"note":null,"ratio":0.5,"flag":true,\
        "slug":"a-b_1","email":"a@b.example","word":"yes","anything":{"x":[1,null]}}
        """

    private func problems(_ json: String, strict: Bool = false) -> [String: String] {
        do {
            _ = try Outer(json: json.utf8, strict: strict)
            return [:]
        } catch {
            return Dictionary(error.fields.map { ($0.field, $0.message) }) { first, _ in first }
        }
    }

    @Test("a record is written as it was read, member for member")
    func roundTrip() throws {
        let record = try Outer(json: Self.whole.utf8, strict: true)
        #expect(String(decoding: record.json, as: UTF8.self) == Self.whole)
        #expect(record.id.description == Self.id)
        #expect(record.price == Money(micro: 750_000))
        #expect(record.state == .unknown("purple") && record.state?.known == nil)
        #expect(record.many?.count == 2 && record.many?[1].size == 0)
    }

    @Test("what may be left out may be null too, and is left out again unless it is said to be written as null")
    func absent() throws {
        let short = "{\"id\":\"\(Self.id)\",\"price\":{\"amount\":\"1\",\"currency\":\"USD\"}"
        let expected = "{\"id\":\"\(Self.id)\",\"price\":{\"amount\":\"1.0000\",\"currency\":\"USD\"},\"note\":null}"
        for rest in ["}", ",\"at\":null,\"inner\":null,\"many\":null,\"note\":null,\"flag\":null}"] {
            #expect(String(decoding: try Outer(json: (short + rest).utf8).json, as: UTF8.self) == expected)
        }
    }

    @Test("every field that is wrong is named, with the path to it")
    func allProblems() {
        let found = problems(
            """
            {"id":"x","price":{"amount":"1.0000001","currency":"EUR"},"at":"yesterday","phone":"0044","colour":"blue",
            "state":1,"inner":{"name":"","size":11},"many":[{"name":"ok"},{"size":"x"},7],"ratio":"1","flag":1,
            "slug":"A b","email":"a@b","word":"maybe"}
            """)
        #expect(
            Set(found.keys) == [
                "id", "price.amount", "price.currency", "at", "phone", "colour", "state", "inner.name", "inner.size",
                "many.1.name", "many.1.size", "many.2", "ratio", "flag", "slug", "email", "word",
            ])
        #expect(found["many.1.name"] == "is required")
        #expect(found["colour"] == "must be one of red, green")
        #expect(found["inner.size"] == "must be from 0 to 10")
        #expect(found["flag"] == "must be true or false, not a number")
    }

    @Test("a field that is required must be there and not null")
    func required() {
        for json in ["{}", "{\"id\":null,\"price\":null}"] {
            #expect(problems(json) == ["id": "is required", "price": "is required"])
        }
    }

    @Test("members without a name in the record are refused when reading strictly, at every depth, and else ignored")
    func strictness() {
        let json = """
            {"id":"\(Self.id)","price":{"amount":"1","currency":"USD"},"oops":1,"inner":{"name":"a","wrong":2},
            "many":[{"name":"a","bad":3}]}
            """
        #expect(problems(json).isEmpty)
        let found = problems(json, strict: true)
        #expect(Set(found.keys) == ["oops", "inner.wrong", "many.0.bad"])
        #expect(found["inner.wrong"] == "is not a field here; the fields are name, size")
    }

    @Test("an unknown member of an amount is refused when reading strictly")
    func strictMoney() {
        let json = "{\"id\":\"\(Self.id)\",\"price\":{\"amount\":\"1\",\"currency\":\"USD\",\"extra\":1}}"
        #expect(problems(json).isEmpty)
        #expect(Set(problems(json, strict: true).keys) == ["price.extra"])
    }

    @Test(
        "what is not an object, or not JSON, is refused as a whole", arguments: ["[]", "1", "\"x\"", "null", "{", ""])
    func notAnObject(_ json: String) {
        #expect(problems(json).keys.contains(""))
    }

    @Test("the failure becomes a problem that names each field")
    func failure() {
        #expect {
            try Inner(json: "{\"name\":7}".utf8)
        } throws: { error in
            let problem = (error as? JSONFailure)?.problem
            return problem?.code == .validationFailed && problem?.message == "name: must be a string, not a number"
                && problem?.fields.map(\.field) == ["name"]
        }
    }

    @Test("lengths count characters and elements, at both ends")
    func lengths() {
        func inner(_ name: String) -> Bool {
            (try? Inner(json: JSON.object([.init("name", .string(name))]).bytes)) != nil
        }
        #expect(!inner("") && inner("a") && inner("ééééé") && inner("😀😀😀😀😀") && !inner("abcdef"))
        let one = "{\"name\":\"a\"}"
        let start = "{\"id\":\"\(Self.id)\",\"price\":{\"amount\":\"1\",\"currency\":\"USD\"},\"many\":"
        #expect(problems(start + "[\(one),\(one)]}").isEmpty)
        #expect(problems(start + "[\(one),\(one),\(one)]}") == ["many": "must have 0 to 2 elements"])
    }

    @Test("whole numbers are whole, and within 64 bits")
    func integers() {
        for size in ["1.0", "1e0", "\"1\"", "true", "-1", "11", "[1]"] {
            #expect(throws: JSONFailure.self, "\(size)") { try Inner(json: "{\"name\":\"a\",\"size\":\(size)}".utf8) }
        }
        #expect(throws: Never.self) { try Inner(json: "{\"name\":\"a\",\"size\":10}".utf8) }
    }

    @Test("e-mail addresses and slugs are told from what is none")
    func shapes() {
        func accepts(_ field: String, _ value: String) -> Bool {
            let base: [(String, JSON)] = [
                ("id", .string(Self.id)), ("price", ["amount": "1", "currency": "USD"]), (field, .string(value)),
            ]
            return problems(JSON.object(base.map { .init($0.0, $0.1) }).text).isEmpty
        }
        for good in ["a@b.co", "first.last+tag@sub.example.com", "x@xn--bcher-kva.example", "o'hara@example.com"] {
            #expect(accepts("email", good), "\(good)")
        }
        for bad in [
            "", "a", "@b.co", "a@", "a@b", "a@@b.co", "a@b..co", "a@-b.co", "a@b-.co", "a b@c.co", "a@b.co\n",
            "a@b_c.co",
            "é@b.co", String(repeating: "a", count: 65) + "@b.co", "a@" + String(repeating: "b.", count: 130) + "co",
        ] {
            #expect(!accepts("email", bad), "\(bad)")
        }
        for good in ["a", "any", "usa", "a-b_c9", String(repeating: "a", count: 64)] { #expect(accepts("slug", good)) }
        for bad in ["", "A", "a b", "a.b", "é", "a/b", String(repeating: "a", count: 65)] {
            #expect(!accepts("slug", bad))
        }
    }

    @Test("the schema says what the reader takes")
    func schema() {
        let schema = Outer.schema
        #expect(schema["type"] == "object")
        // Written always, hence required; the reader asks for less.
        #expect(schema["required"] == ["id", "price", "note"])
        let properties = schema["properties"]
        #expect(properties?.objectValue?.map(\.name).count == 15)
        #expect(properties?["id"] == ["type": "string", "format": "uuid"])
        #expect(properties?["note"] == ["type": ["string", "null"], "description": "What it is for."])
        #expect(properties?["colour"]?["enum"] == ["red", "green"])
        #expect(properties?["state"] == ["type": "string"])
        #expect(properties?["word"]?["enum"] == ["yes", "no"])
        #expect(properties?["many"]?["maxItems"] == 2 && properties?["many"]?["minItems"] == 0)
        #expect(properties?["many"]?["items"]?["required"] == ["name"])
        #expect(properties?["inner"]?["properties"]?["name"]?["minLength"] == 1)
        #expect(properties?["inner"]?["properties"]?["size"]?["maximum"] == 10)
        #expect(properties?["price"]?["required"] == ["amount", "currency"])
        #expect(properties?["email"]?["format"] == "email")
        #expect(properties?["slug"]?["pattern"] == "^[a-z0-9_-]{1,64}$")
    }

    @Test("a value becomes JSON and stays what it was")
    func values() {
        #expect(JSON(of: Inner(name: "a", size: 1)) == ["name": "a", "size": 1])
        #expect(JSON(of: [Money(micro: 1)]) == [["amount": "0.000001", "currency": "USD"]])
        #expect(JSON(of: "x") == "x" && JSON(of: true) == true && JSON(of: Int64.min) == .integer(.min))
    }
}
