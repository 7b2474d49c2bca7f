import Glibc
import Testing

@testable import DunlinLoad

@Suite struct ProcessTimeTests {
    @Test func readsParentAndTicksBehindACommandWithParentheses() throws {
        let line = "42 (a) b) (c) S 7 42 42 0 -1 4194560 1 0 0 0 130 17 5 6 20 0 3 0 100 1 1"
        let status = try #require(ProcessTime.parse(line))
        #expect(status.parent == 7 && status.ticks == 147)
    }

    @Test(arguments: ["", "42", "42 (a) S", "42 (a) S x 1 1 1 1 1 1 1 1 1 1 1 1", "42 (a) S 7 1 1 1 1 1 1 1 1 1 -1 1"])
    func whatIsNoStatusLineIsNothing(line: String) {
        #expect(ProcessTime.parse(line) == nil)
    }

    @Test func thisProcessHasUsedTimeAndNobodyHasTheNumberZero() throws {
        #expect(try #require(ProcessTime.seconds(of: Int(getpid()))) >= 0)
        #expect(ProcessTime.ownSeconds() > 0)
        #expect(ProcessTime.seconds(of: 0) == nil)
        #expect(ProcessTime.seconds(of: Int(Int32.max)) == nil)
    }
}
