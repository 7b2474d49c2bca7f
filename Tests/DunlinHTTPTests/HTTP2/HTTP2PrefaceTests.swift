import Testing

@testable import DunlinHTTP

@Suite struct HTTP2PrefaceTests {
    private func match(_ text: String, after matched: Int = 0) -> HTTP2Preface.Match {
        Array(text.utf8).withUnsafeBytes { HTTP2Preface.match($0, after: matched) }
    }

    @Test func isFoundHoweverItIsCut() {
        let whole = Array("\(HTTP2Preface.text)".utf8)
        for cut in 1..<whole.count {
            let first = whole[..<cut].withUnsafeBytes { HTTP2Preface.match($0, after: 0) }
            #expect(first == .partial(cut))
            let second = whole[cut...].withUnsafeBytes { HTTP2Preface.match($0, after: cut) }
            #expect(second == .whole)
        }
        #expect(match("\(HTTP2Preface.text)more") == .whole)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PUT / HTTP/1.1\r\n", "PRI * HTTP/1.1\r\n", "\u{16}\u{3}\u{1}",
    ])
    func isNotSeenInWhatElseComes(text: String) { #expect(match(text) == .none) }

    @Test func endsWithTheFirstOtherByte() { #expect(match("RI * HTTP/2.1", after: 1) == .none) }
}
