import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct BatchTensorsTests {
    private func request(_ floats: [Float], _ strings: [String]) -> TestRequest {
        TestRequest(
            inputs: [
                NamedTensor("x", Tensor(floats, shape: [floats.count / 2, 2])),
                NamedTensor("s", Tensor(strings: strings, shape: [strings.count, 1])),
            ], rows: strings.count)
    }

    @Test func inputsAreGatheredAndOutputsHandedBack() throws {
        var tensors = BatchTensors()
        let requests = [request([1, 2], ["a"]), request([3, 4, 5, 6], ["", "long text"])]
        let gathered = tensors.gather(requests)
        #expect(gathered.map(\.name) == ["x", "s"])
        #expect(gathered[0].tensor.shape == [3, 2])
        #expect(gathered[0].tensor.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
        #expect(gathered[1].tensor.strings == ["a", "", "long text"])
        let pieces = try #require(BatchTensors.split(gathered, rows: [1, 2]))
        for (piece, request) in zip(pieces, requests) {
            for (output, input) in zip(piece, request.inputs) {
                #expect(output.name == input.name && output.tensor.shape == input.tensor.shape)
                #expect(output.tensor.bytes == input.tensor.bytes)
            }
        }
    }

    @Test func theBufferIsUsedAgainUnlessSomebodyHoldsIt() {
        var tensors = BatchTensors()
        let requests = [request([1, 2], ["a"]), request([3, 4], ["b"])]
        let first = tensors.gather(requests).first?.tensor.bytes.base
        var held = tensors.gather(requests)
        #expect(held[0].tensor.bytes.base == first)
        let others = [request([7, 8], ["c"]), request([9, 10], ["d"])]
        let next = tensors.gather(others)
        #expect(next[0].tensor.bytes.base != held[0].tensor.bytes.base)
        #expect(held[0].tensor.elements(as: Float.self) == [1, 2, 3, 4])
        #expect(held[1].tensor.strings == ["a", "b"])
        held = []
    }

    @Test func aBufferThatIsTooLargeIsNotKept() {
        var tensors = BatchTensors()
        func large(_ count: Int) -> TestRequest {
            let bytes = [UInt8](repeating: 1, count: count)
            return TestRequest(inputs: [NamedTensor("x", Tensor(bytes, shape: [1, count]))])
        }
        let half = BatchTensors.maxKeptByteCount / 2
        func base(_ requests: [TestRequest]) -> UnsafeRawPointer? { tensors.gather(requests)[0].tensor.bytes.base }
        _ = base([large(half), large(half)])
        var kept = tensors
        #expect(kept.gather([large(half), large(half)])[0].tensor.shape == [2, half])
        let above = tensors.gather([large(half + 1), large(half + 1)])
        #expect(above[0].tensor.bytes.count == BatchTensors.maxKeptByteCount + 2)
        #expect(tensors.gather([large(1)])[0].tensor.bytes.count == 1)
    }

    @Test func outputsOfAnotherHeightAreNotSplit() {
        let two = NamedTensor("y", Tensor([Float(1), 2], shape: [2]))
        #expect(BatchTensors.split([two], rows: [1, 1])?.map { $0[0].tensor.elements(as: Float.self) } == [[1], [2]])
        #expect(BatchTensors.split([two], rows: [1, 2]) == nil)
        #expect(BatchTensors.split([NamedTensor("y", Tensor([Float(1)], shape: []))], rows: [1]) == nil)
    }

    @Test func rowsWithoutElementsAreSplitWhateverTheirExtents() throws {
        let tensor = NamedTensor("y", Tensor([Float](), shape: [3, 1 << 40, 1 << 40, 0]))
        let pieces = try #require(BatchTensors.split([tensor], rows: [1, 2]))
        #expect(pieces.map { $0[0].tensor.shape } == [[1, 1 << 40, 1 << 40, 0], [2, 1 << 40, 1 << 40, 0]])
        let none = NamedTensor("y", Tensor([Float](), shape: [0, 1 << 40, 1 << 40]))
        #expect(BatchTensors.split([none], rows: [0])?.count == 1)
    }

    @Test func partsAreCutOutAndJoined() throws {
        let inputs = request([1, 2, 3, 4, 5, 6], ["a", "bc", ""]).inputs
        let parts = [BatchTensors.slice(inputs, rows: 0..<2, of: 3), BatchTensors.slice(inputs, rows: 2..<3, of: 3)]
        #expect(parts[0][0].tensor.shape == [2, 2] && parts[1][1].tensor.strings == [""])
        let joined = try #require(BatchTensors.join(parts))
        #expect(joined[0].tensor.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
        #expect(joined[1].tensor.strings == ["a", "bc", ""])
        #expect(BatchTensors.join([parts[0], [inputs[1], inputs[0]]]) == nil)
        #expect(BatchTensors.join([parts[0], []]) == nil)
    }
}
