import DunlinBytes
import Testing

@Suite struct JSONValueTests {
    @Test func readsAWholeText() throws {
        let value = try JSONValue(parsing: Bytes(" {\"a\":[1,2.5,\"x\",null,true],\"b\":{}} "))
        #expect(value["a"] == .array([.int(1), .double(2.5), .string("x"), .null, .bool(true)]))
        #expect(value["b"] == .object([]))
        #expect(value["c"] == nil && JSONValue.null["a"] == nil)
    }

    @Test(
        "refuses",
        arguments: [
            ("{\"a\":1,\"a\":2}", "expected each key once, found 'a' again"),
            ("[NaN]", "expected a value, found 'NaN'"),
            ("", "expected a value, found the end of the text"),
            ("[1] 2", "expected the end of the JSON text, found '2'"),
            ("[1e999]", "expected a number within ±1.7976931348623157e308 (FP64), found '1e999'"),
        ])
    func refuses(text: String, message: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Bytes(text)) }
        do throws(JSONError) {
            _ = try JSONValue(parsing: Bytes(text))
        } catch {
            #expect(error.message == message)
        }
    }

    @Test func countsItsValues() throws {
        #expect(try JSONValue(parsing: Bytes("[1,[2]]"), maxCount: 4) == .array([.int(1), .array([.int(2)])]))
        #expect(throws: JSONError.self) { try JSONValue(parsing: Bytes("[1,[2]]"), maxCount: 3) }
    }
}
