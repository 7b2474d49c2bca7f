import Testing

@testable import DunlinTracing

@Suite struct TraceContextTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private static let version1 = "01" + parent.dropFirst(2)

    /// The values of as many fields as came.
    static let invalid: [[String]] = [
        [], ["", ""], [""], ["00"], [parent, parent], ["ff" + String(parent.dropFirst(2))],
        ["0g" + String(parent.dropFirst(2))], [parent.uppercased()],
        ["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
        ["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
        ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"],
        ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x"],
        ["00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"], [parent + "-more"], [parent + "0"],
        [" " + parent], [version1 + "0"],
    ]

    /// What is received, and what is passed on.
    static let states: [([String], String)] = [
        (["a=1"], "a=1"), (["a=1", "b=2"], "a=1,b=2"), (["a=1, ,b=2"], "a=1, ,b=2"), (["a@b=x y"], "a@b=x y"),
        (["A=1"], ""), (["a"], ""), (["=1"], ""), (["a="], ""), (["a=1,a=2"], ""), (["a=1=2"], ""),
        ([entries(32)], entries(32)), ([entries(33)], ""), ([value(256)], value(256)), ([value(257)], ""),
    ]

    private static func entries(_ count: Int) -> String {
        (1...count).map { number in "k\(number)=v" }.joined(separator: ",")
    }

    private static func value(_ count: Int) -> String { "a=" + String(repeating: "x", count: count) }

    @Test func aValidParentIsContinued() throws {
        let context = try #require(TraceContext(parents: [Self.parent], states: []))
        #expect(context.traceID.hexadecimal == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.parentID.hexadecimal == "b7ad6b7169203331")
        #expect(context.isSampled && context.state.isEmpty)
    }

    @Test(
        "flags say whether the caller records",
        arguments: [("00", false), ("01", true), ("02", false), ("03", true), ("ff", true)])
    func flagsSayWhetherTheCallerRecords(flags: String, isSampled: Bool) {
        let context = TraceContext(parents: [String(Self.parent.dropLast(2)) + flags], states: [])
        #expect(context?.isSampled == isSampled)
    }

    @Test(
        "what is not valid begins a trace of its own", arguments: TraceContextTests.invalid)
    func whatIsNotValidIsIgnored(parents: [String]) { #expect(TraceContext(parents: parents, states: []) == nil) }

    @Test func aLaterVersionMaySayMore() {
        for text in [Self.version1, Self.version1 + "-what-comes"] {
            #expect(TraceContext(parents: [text], states: [])?.parentID.hexadecimal == "b7ad6b7169203331", "\(text)")
        }
    }

    @Test(
        "the state is passed on as it came, or not at all", arguments: TraceContextTests.states)
    func theStateIsPassedOn(states: [String], expected: String) {
        #expect(TraceContext(parents: [Self.parent], states: states)?.state == expected)
    }

    @Test func aStateMayHaveSoManyBytesAndNoMore() {
        let longest = "a=" + String(repeating: "x", count: 254) + ",b=" + String(repeating: "y", count: 253)
        #expect(longest.utf8.count == TraceContext.maxStateByteCount)
        #expect(TraceContext(parents: [Self.parent], states: [longest])?.state == longest)
        #expect(TraceContext(parents: [Self.parent], states: [longest + "y"])?.state == "")
    }
}
