import Database
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension DatabaseIntegration {
    @Suite struct ValueTests {
        /// Sends values there and back, alone, as an optional, in an array and in an array with NULLs.
        private func check<Value: DatabaseScalar & Equatable>(
            _ values: [Value], _ database: Database, _ location: SourceLocation = #_sourceLocation
        ) async throws {
            for value in values {
                let back = try await database.value(Value.self, "SELECT \(value)")
                #expect(back == value, sourceLocation: location)
                let optional = try await database.value(Value?.self, "SELECT \(Optional(value))")
                #expect(optional == .some(.some(value)), sourceLocation: location)
            }
            let null = try await database.values(Value?.self, "SELECT \(Value?.none)")
            #expect(null == [nil], sourceLocation: location)
            let array = try await database.value([Value].self, "SELECT \(values)")
            #expect(array == values, sourceLocation: location)
            let empty = try await database.value([Value].self, "SELECT \([Value]())")
            #expect(empty == [], sourceLocation: location)
            let sparse: [Value?] = [nil] + values.map { $0 } + [nil]
            let sparseBack = try await database.value([Value?].self, "SELECT \(sparse)")
            #expect(sparseBack == sparse, sourceLocation: location)
            let noArray = try await database.values([Value]?.self, "SELECT \([Value]?.none)")
            #expect(noArray == [nil], sourceLocation: location)
            let unnested = try await database.values(Value?.self, "SELECT * FROM unnest(\(sparse))")
            #expect(unnested == sparse, sourceLocation: location)
        }

        @Test("Numbers come back as they went, extremes included")
        func numbers() async throws {
            try await withDatabase { database, _ in
                try await check([Int16.min, -1, 0, 1, .max], database)
                try await check([Int32.min, -1, 0, 1, .max], database)
                try await check([Int64.min, -1, 0, 1, .max], database)
                try await check([Int.min, -1, 0, 1, .max], database)
                try await check([Money(micro: .min), .zero, Money(micro: 1), Money(micro: .max)], database)
                try await check([true, false], database)
                try await check(
                    [0, -0.5, .pi, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude], database)
                let nan = try await database.value(Double.self, "SELECT \(Double.nan)")
                #expect(nan?.isNaN == true)
                let narrow = try await database.value(Double.self, "SELECT 0.5::float4")
                #expect(narrow == 0.5)
            }
        }

        @Test("Text and bytes come back as they went, whatever is in them")
        func texts() async throws {
            try await withDatabase { database, _ in
                let long = String(repeating: "é", count: 100_000)
                try await check(["", " ", "a'b\"c\\d", "Ω≈ç√ 日本語 👩‍👩‍👧‍👦", "\u{1}\n\t", long], database)
                try await check([[], [0], [0, 255, 0], Array(repeating: 7, count: 200_000)], database)
            }
        }

        @Test("Ids and moments come back as they went")
        func idsAndMoments() async throws {
            try await withDatabase { database, _ in
                try await check([ID.zero, .new(), ID(high: .max, low: .max)], database)
                try await check(
                    [
                        Timestamp(microseconds: 0), Timestamp(microseconds: -1), .now,
                        Timestamp(microseconds: 253_402_300_799_999_999), Timestamp(microseconds: .max),
                        Timestamp(microseconds: .min),
                    ], database)
                let text = try await database.value(
                    String.self, "SELECT (\(Timestamp(seconds: 0)) AT TIME ZONE 'UTC')::text")
                #expect(text == "1970-01-01 00:00:00")
                let infinite = try await database.value(Timestamp.self, "SELECT 'infinity'::timestamptz")
                #expect(infinite == Timestamp(microseconds: .max))
                let id = ID.new()
                let spelled = try await database.value(String.self, "SELECT \(id)::text")
                #expect(spelled == id.description)
                let error = await databaseError {
                    try await database.value(Timestamp.self, "SELECT \(Timestamp(microseconds: .min + 5))")
                }
                #expect(error?.sqlState == "22008")
            }
        }

        @Test("JSON comes back as the value it was")
        func json() async throws {
            try await withDatabase { database, _ in
                try await check(
                    [.null, .bool(true), .integer(.max), .string("Ω\"\\"), .array([]), ["a": [1, 2.5, nil]]] as [JSON],
                    database)
                let old = try await database.value(JSON.self, #"SELECT '{"a": 1}'::json"#)
                #expect(old == ["a": 1])
                let member = try await database.value(String.self, "SELECT \(["a": "b"] as JSON)->>'a'")
                #expect(member == "b")
            }
        }

        @Test("An enumeration of texts goes in and out by its raw value, through an enum of Postgres too")
        func enumerations() async throws {
            try await withDatabase { database, _ in
                try await database.execute("CREATE TYPE mood AS ENUM ('calm', 'tense')")
                let mood = try await database.value(Mood.self, "SELECT \(Mood.tense)::mood")
                #expect(mood == .tense)
                let moods = try await database.value([Mood].self, "SELECT \([Mood.calm, .tense])::mood[]")
                #expect(moods == [.calm, .tense])
                let error = await databaseError { try await database.value(Mood.self, "SELECT 'other'") }
                #expect(error?.code == .decoding)
            }
        }

        @Test("Text of other character types is text; text that ends in NUL is refused by the server")
        func otherTexts() async throws {
            try await withDatabase { database, _ in
                let all = try await database.value(
                    [String].self,
                    "SELECT ARRAY['a'::varchar, 'b'::name, relname, 'c'::char(1)]::text[] FROM pg_class LIMIT 1")
                #expect(all?.count == 4)
                let name = try await database.value(String.self, "SELECT 'b'::name")
                #expect(name == "b")
                let padded = try await database.value(String.self, "SELECT 'b'::char(3)")
                #expect(padded == "b  ")
                let error = await databaseError { try await database.execute("SELECT \("a\u{0}b")") }
                #expect(error?.sqlState == "22021")
            }
        }
    }
}

private enum Mood: String, DatabaseScalar { case calm, tense }
