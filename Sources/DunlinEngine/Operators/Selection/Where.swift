import DunlinInference
import DunlinTensor

/// ONNX `Where`.
struct Where: MovementOperator {
    init(_ node: Node) {}

    func movedInputs(count: Int) -> [Int] { [1, 2] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bool])
        try inputs.requireSameType(1, 2)
        let values = try broadcast(inputs[1].extents, inputs[2].extents)
        return [TensorFact(inputs[1].dataType, try broadcast(inputs[0].extents, values))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let output = outputs[0].extents, let condition = inputs[0].extents, let yes = inputs[1].extents,
            let no = inputs[2].extents
        else { preconditionFailure("bound with open shapes") }
        return try Sized(choice: ThreeWayLoop(condition, yes, no, output: output)).kernel(for: outputs[0].dataType)
    }

    private struct Sized: SizedKernels {
        let choice: ThreeWayLoop

        func make<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(
            _ type: Element.Type
        ) throws(InferError) -> Kernel {
            let choice = choice
            return Kernel { buffers in
                let condition = buffers.input(0, as: Bool.self)
                let yes = buffers.input(1, as: type)
                let no = buffers.input(2, as: type)
                let output = buffers.output(0, as: type)
                choice.forEachRow { (c, y, n, o) in
                    for i in 0..<choice.rowCount {
                        output[o + i] =
                            condition[c + i * choice.steps.0] ? yes[y + i * choice.steps.1] : no[n + i * choice.steps.2]
                    }
                }
            }
        }
    }
}

/// `BroadcastLoop` with three sides.
struct ThreeWayLoop: Sendable {
    private let extents: [Int]
    private let outer: [[Int]]
    let rowCount: Int
    let steps: (Int, Int, Int)
    private let elementCount: Int

    init(_ first: [Int], _ second: [Int], _ third: [Int], output: [Int]) {
        let sides = [first, second, third].map { side in
            let own = strides(of: side)
            let missing = output.count - side.count
            return output.indices.map { axis in
                axis < missing || side[axis - missing] == 1 ? 0 : own[axis - missing]
            }
        }
        var merged: [(extent: Int, strides: [Int])] = []
        for axis in output.indices where output[axis] != 1 {
            let next = (extent: output[axis], strides: sides.map { $0[axis] })
            if let last = merged.last, zip(last.strides, next.strides).allSatisfy({ $0 == $1 * next.extent }) {
                merged[merged.count - 1] = (last.extent * next.extent, next.strides)
            } else {
                merged.append(next)
            }
        }
        let row = merged.popLast() ?? (extent: 1, strides: [1, 1, 1])
        extents = merged.map(\.extent)
        outer = (0..<3).map { side in merged.map { $0.strides[side] } }
        rowCount = row.extent
        steps = (row.strides[0], row.strides[1], row.strides[2])
        elementCount = output.product
    }

    @inline(__always) func forEachRow(_ body: (_ first: Int, _ second: Int, _ third: Int, _ output: Int) -> Void) {
        if elementCount == 0 { return }
        var walk = Odometer(extents)
        for row in 0..<elementCount / rowCount {
            body(walk.offset(outer[0]), walk.offset(outer[1]), walk.offset(outer[2]), row * rowCount)
            walk.advance()
        }
    }
}
