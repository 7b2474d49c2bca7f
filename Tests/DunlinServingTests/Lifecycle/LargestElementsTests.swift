import Testing

@testable import DunlinServing

@Suite struct LargestElementsTests {
    @Test func agreesWithSortingEverything() {
        var state: UInt32 = 7
        for length in [1, 2, 3, 7, 64, 301] {
            let elements = (0..<length).map { _ -> Int32 in
                state = state &* 1_664_525 &+ 1_013_904_223
                // Few values: many are equal.
                return Int32(state >> 16) % 11
            }
            let sorted = elements.indices.sorted {
                elements[$0] != elements[$1] ? elements[$0] > elements[$1] : $0 < $1
            }
            for count in [0, 1, 2, length / 2, length - 1, length] where count <= length {
                let largest = elements.withUnsafeBufferPointer { LargestElements.indices(of: $0, count: count) }
                #expect(largest == Array(sorted.prefix(count)), "\(count) of \(length)")
            }
        }
    }
}
