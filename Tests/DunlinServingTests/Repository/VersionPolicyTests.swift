import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct VersionPolicyTests {
    typealias Policy = ModelConfiguration.VersionPolicy

    struct Row: CustomTestStringConvertible {
        let policy: Policy
        let available: [Int]
        let wanted: [Int]
        var testDescription: String { "\(policy) of \(available) → \(wanted)" }
        init(_ policy: Policy, of available: [Int], _ wanted: [Int]) {
            self.policy = policy
            self.available = available
            self.wanted = wanted
        }
    }

    @Test(
        "chooses among the versions on disk",
        arguments: [
            Row(.latest(1), of: [1], [1]), Row(.latest(1), of: [3, 1, 20], [20]),
            Row(.latest(2), of: [3, 1, 20], [3, 20]),
            Row(.latest(9), of: [3, 1], [1, 3]), Row(.all, of: [10, 9, 1], [1, 9, 10]),
            Row(.specific([1]), of: [1, 2], [1]), Row(.specific([3, 1, 3]), of: [1, 2, 3], [1, 3]),
        ])
    func chooses(row: Row) throws {
        #expect(try row.policy.wanted(of: row.available, model: "m") == row.wanted)
    }

    @Test(
        "says what is missing",
        arguments: [
            (Policy.latest(1), [], "model 'm' has no version directory with a number for a name"),
            (.all, [], "model 'm' has no version directory with a number for a name"),
            (.specific([4, 2]), [1, 2], "model 'm' has no version 4, which its version_policy asks for; it has 1, 2"),
        ])
    func saysWhatIsMissing(policy: Policy, available: [Int], message: String) {
        #expect(throws: InferError(.notFound, message)) { try policy.wanted(of: available, model: "m") }
    }
}
