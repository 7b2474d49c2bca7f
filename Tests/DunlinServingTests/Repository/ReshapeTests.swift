import DunlinBytes
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct ReshapeTests {
    struct Row: CustomTestStringConvertible {
        let dims: [Int]
        let shape: [Int]
        let fits: Bool
        var testDescription: String { "\(dims) \(fits ? "is" : "is not") \(shape)" }
        init(_ dims: [Int], _ shape: [Int], _ fits: Bool) { (self.dims, self.shape, self.fits) = (dims, shape, fits) }
    }

    @Test(
        "holds the same elements",
        arguments: [
            Row([1], [], true), Row([4, 6], [24], true), Row([2, 4, -1, 6], [8, -1, 1, 6], true),
            Row([-1, 1], [-1], true), Row([-1, -1], [-1, 1, -1], true), Row([-1, 1], [1, -1], true),
            Row([2], [], false), Row([4, 6], [25], false), Row([-1], [4], false), Row([-1, -1], [-1], false),
            Row([2, -1], [-1, 2], false), Row([-1, 4], [4, -1], false),
            Row([Int.max, 2], [Int.max, 3], true),
        ])
    func holdsTheSameElements(row: Row) { #expect((Reshape(dims: row.dims, shape: row.shape) != nil) == row.fits) }

    @Test func theOpenExtentsKeepTheirOrder() throws {
        let reshape = try #require(Reshape(dims: [-1, 2, 4, -1, 6], shape: [-1, 8, -1, 1, 6]))
        let tensor = Tensor([UInt8](0..<48), shape: [1, 2, 4, 1, 6])
        let changed = try #require(reshape.forModel(tensor))
        #expect(changed.shape == [1, 8, 1, 1, 6])
        #expect(changed.bytes.base == tensor.bytes.base, "the bytes are shared")
        #expect(try #require(reshape.forClient(changed)).shape == tensor.shape)
        #expect(try #require(reshape.forModel(Tensor([UInt8](), shape: [3, 2, 4, 0, 6]))).shape == [3, 8, 0, 1, 6])
    }

    @Test func anotherTensorIsNotReshaped() throws {
        let reshape = try #require(Reshape(dims: [-1, 4], shape: [-1, 2, 2]))
        #expect(reshape.forModel(Tensor([UInt8](0..<4), shape: [4])) == nil)
        #expect(reshape.forModel(Tensor([UInt8](0..<4), shape: [2, 2])) == nil)
        #expect(reshape.forClient(Tensor([UInt8](0..<4), shape: [1, 4])) == nil)
    }
}
