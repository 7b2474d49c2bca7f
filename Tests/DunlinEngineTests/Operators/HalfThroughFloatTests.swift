import DunlinInference
import DunlinKernels
import DunlinTensor
import Synchronization
import Testing

@testable import DunlinEngine

@Suite struct HalfThroughFloatTests {
    /// Doubles its input, with a second output like it, and notes what its FP32 kernel was given.
    private struct Doubling: Operator {
        final class Seen: Sendable {
            let threads = Mutex(0)
            let outputs = Mutex([] as [Int])
        }

        let seen: Seen

        func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] { [inputs[0], inputs[0]] }

        func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
            if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
            let seen = seen
            return Kernel { buffers in
                seen.threads.withLock { $0 = buffers.threads.count }
                let input = buffers.input(0, as: Float.self)
                for index in 0..<2 {
                    let output = buffers.output(index, as: Float.self)
                    seen.outputs.withLock { $0.append(output.count) }
                    for place in output.indices { output[place] = 2 * input[place] }
                }
            }
        }
    }

    @Test(
        "the FP32 kernel gets the caller's threads, and no memory for outputs that the node leaves out",
        arguments: [[true, true], [true, false], [false, true]])
    func inner(given: [Bool]) throws {
        let seen = Doubling.Seen()
        let fact = TensorFact(.fp16, [4])
        let kernel = try Doubling(seen: seen).bind(InputFacts([fact]), [fact, fact])
        let pool = KernelPool()
        pool.reserve(threadCount: 2)
        var input: [Float16] = [1, -2, 3, 0.5]
        var first = [Float16](repeating: 7, count: 4), second = first
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: kernel.scratchByteCount, alignment: 64)
        defer { scratch.deallocate() }
        try input.withUnsafeMutableBytes { input in
            try first.withUnsafeMutableBytes { first in
                try second.withUnsafeMutableBytes { second in
                    func slot(_ bytes: UnsafeMutableRawBufferPointer, _ isGiven: Bool = true) -> Slot {
                        isGiven ? Slot(base: bytes.baseAddress, byteCount: bytes.count) : Slot()
                    }
                    let slots = [slot(input), slot(first, given[0]), slot(second, given[1]), slot(scratch)]
                    let operands: [Int32] = [0, 1, 2, 3]
                    try kernel.body(
                        Buffers(
                            slots: slots, operands: operands, inputCount: 1, outputCount: 2,
                            threads: Threads(pool, count: 2)))
                }
            }
        }
        let threads = seen.threads.withLock { $0 }, outputs = seen.outputs.withLock { $0 }
        #expect(threads == 2)
        #expect(outputs == given.map { $0 ? 4 : 0 })
        let doubled: [Float16] = [2, -4, 6, 1], untouched = [Float16](repeating: 7, count: 4)
        #expect(first == (given[0] ? doubled : untouched))
        #expect(second == (given[1] ? doubled : untouched))
        withExtendedLifetime(pool) {}
    }
}
