import DunlinBytes
import DunlinTensor
import Testing

@Suite struct TensorTests {
    @Test func everyDataTypeIsFoundByItsName() {
        for type in DataType.allCases { #expect(DataType(name: type.name) == type) }
        #expect(DataType(name: "Fp32") == .fp32)
        #expect(DataType(name: "FLOAT") == nil)
    }

    @Test func elementCountsRefuseNegativesAndOverflow() {
        #expect(Shape.elementCount(of: []) == 1)
        #expect(Shape.elementCount(of: [2, 3]) == 6)
        #expect(Shape.elementCount(of: [Int.max, 2]) == nil)
        #expect(Shape.elementCount(of: [Int.max, 2, 0]) == 0)
        #expect(Shape.elementCount(of: [-1, 2]) == nil)
        #expect(Shape([Int.max, 4, 0]).elementCount == 0)
    }

    @Test func alignedBytesAreNotCopied() {
        let body = Bytes([UInt8](0..<32))
        let aligned = Tensor(checking: .uint32, shape: [4], bytes: body[16..<32])
        #expect(aligned?.bytes.base == body.base! + 16)
        let shifted = Tensor(checking: .uint32, shape: [4], bytes: body[1..<17])
        #expect(shifted?.elements(as: UInt32.self).first == 0x0403_0201)
        #expect(Tensor(checking: .uint32, shape: [4], bytes: body[0..<15]) == nil)
    }

    @Test func bytesTensorsHoldLengthPrefixedElements() {
        let tensor = Tensor(strings: ["ab", "é"], shape: [2])
        #expect(tensor.bytes.array == [2, 0, 0, 0, 0x61, 0x62, 2, 0, 0, 0, 0xc3, 0xa9])
        #expect(tensor.strings == ["ab", "é"])
        #expect(Tensor(checking: .bytes, shape: [2], bytes: tensor.bytes) != nil)
        #expect(Tensor(checking: .bytes, shape: [3], bytes: tensor.bytes) == nil)
        #expect(Tensor(checking: .bytes, shape: [2], bytes: tensor.bytes[0..<11]) == nil)
    }

    @Test func bfloat16RoundsToNearestEven() {
        let rows: [(value: Float, bits: UInt16)] = [
            (1, 0x3F80), (-2.5, 0xC020), (.infinity, 0x7F80),
            (Float(bitPattern: 0x3F80_8000), 0x3F80), (Float(bitPattern: 0x3F81_8000), 0x3F82),
        ]
        for row in rows { #expect(BFloat16(row.value).bitPattern == row.bits, "\(row.value)") }
    }

    @Test func bfloat16KeepsNaN() {
        #expect(BFloat16(.nan).float.isNaN)
        #expect(BFloat16(Float(bitPattern: 0x7F80_0001)).float.isNaN)
    }
}
