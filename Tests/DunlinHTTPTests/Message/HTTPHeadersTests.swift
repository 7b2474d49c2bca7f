import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct HTTPHeadersTests {
    private let headers = HTTPHeaders([("Content-Type", "a/b"), ("X", ""), ("x", "two"), ("Y", " padded\t")])

    @Test func namesCompareWithoutCase() {
        #expect(headers["content-type"] == "a/b")
        #expect(headers["CONTENT-TYPE"] == "a/b")
        #expect(headers.first(named: "content-TYPE") == "a/b")
        #expect(headers["content_type"] == nil)
        #expect(headers["content-typ"] == nil)
        #expect(headers.first(named: "") == nil)
    }

    @Test func onlyLettersHaveCases() {
        // "@" and "`" differ from each other as "A" and "a" do.
        let headers = HTTPHeaders([("X^", "1")])
        #expect(headers["x~"] == nil)
        #expect(headers["x^"] == "1")
    }

    @Test func theFirstValueIsFound() {
        #expect(headers["x"] == "")
        #expect(headers.all("X") == ["", "two"])
        #expect(headers["y"] == "padded")
    }

    @Test func colonsBelongToTheValue() {
        #expect(HTTPHeaders([("A", "b:c: d")])["a"] == "b:c: d")
    }

    @Test func noneIsEmpty() {
        #expect(HTTPHeaders().fields.isEmpty && HTTPHeaders()["a"] == nil)
    }
}
