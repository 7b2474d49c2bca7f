import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct PaddedTensorsTests {
    /// Against one element at a time.
    @Test(
        "copies a box into a larger one and back",
        arguments: [
            ([3], [3]), ([2], [5]), ([0], [4]), ([2, 3], [2, 3]), ([2, 3], [2, 5]), ([2, 3], [4, 3]),
            ([2, 3], [4, 5]),
            ([2, 0], [2, 3]), ([2, 1, 3], [2, 4, 3]), ([2, 2, 2], [3, 3, 3]), ([1, 2, 3, 4], [1, 4, 3, 5]),
        ])
    func copiesABox(small: [Int], large: [Int]) {
        var box = [UInt16](1...UInt16(max(1, small.reduce(1, *))))
        let given = box
        var room = [UInt16](repeating: 0, count: large.reduce(1, *))
        func copy(isInto: Bool) {
            box.withUnsafeMutableBytes { box in
                room.withUnsafeMutableBytes { room in
                    PaddedTensors.copy(
                        small: small, at: box.baseAddress!, large: large, at: room.baseAddress!, elementByteCount: 2,
                        isInto: isInto)
                }
            }
        }
        copy(isInto: true)
        var expected = [UInt16](repeating: 0, count: room.count)
        for index in 0..<small.reduce(1, *) {
            var rest = index
            var place = 0
            var stride = 1
            for axis in small.indices.reversed() {
                place += rest % small[axis] * stride
                rest /= small[axis]
                stride *= large[axis]
            }
            expected[place] = given[index]
        }
        #expect(room == expected)
        box = [UInt16](repeating: 0, count: box.count)
        copy(isInto: false)
        if !small.contains(0) { #expect(box == given) }
    }

    @Test func fillsWithAnElement() {
        for count in [0, 4, 12] {
            var memory = [UInt8](repeating: 9, count: count + 1)
            memory.withUnsafeMutableBytes { PaddedTensors.fill($0.baseAddress!, count, with: [1, 2, 3, 4]) }
            #expect(memory.dropLast() == (0..<count).map { UInt8($0 % 4 + 1) }[...] && memory.last == 9)
        }
    }

    @Test func aPartSharesTheMemoryWhereItLiesInOnePiece() {
        let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        let rows = PaddedTensors.part(of: tensor, row: 1, kept: [1, 3, 4])
        #expect(rows.elements(as: Float.self) == (12..<24).map(Float.init))
        let short = PaddedTensors.part(of: tensor, row: 1, kept: [1, 2, 4])
        #expect(short.elements(as: Float.self) == (12..<20).map(Float.init))
        let narrow = PaddedTensors.part(of: tensor, row: 0, kept: [2, 2, 3])
        #expect(narrow.elements(as: Float.self) == [0, 1, 2, 4, 5, 6, 12, 13, 14, 16, 17, 18])
        #expect(PaddedTensors.part(of: tensor, row: 1, kept: [1, 0, 4]).shape == [1, 0, 4])
    }
}
