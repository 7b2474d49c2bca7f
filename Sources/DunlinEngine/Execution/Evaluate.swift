import DunlinBytes
package import DunlinInference
import DunlinKernels
package import DunlinTensor
import Glibc

/// Computes one operator outside a plan: constant folding, values whose shape only a run can tell, and tests.
///
/// - Parameters:
///   - inputs: `nil` where an input is left out.
///   - byteLimit: Bytes that one output may have.
/// - Returns: One tensor for each output the operator has.
package func evaluate(
    _ body: any Operator, _ inputs: [Tensor?], byteLimit: Int = EngineOptions.defaultMaxRunByteCount
) throws(InferError) -> [Tensor] {
    var scope = RunScope()
    return try Evaluation(body).evaluate(inputs, byteLimit: byteLimit, &scope)
}

/// An operator to be evaluated, with what it is found out once: a cast costs as much as a small operator.
struct Evaluation: Sendable {
    private let body: any Operator
    private let mover: (any MovementOperator)?
    private let eager: (any EagerOperator)?
    private let nesting: (any NestingOperator)?
    private let isView: Bool
    private let packed: [TensorFact?]

    /// - Parameter packed: By input, what is known of constants that the operator has packed: no tensor comes for them.
    init(_ body: any Operator, packed: [TensorFact?] = []) {
        self.body = body
        self.packed = packed
        mover = body as? any MovementOperator
        eager = body as? any EagerOperator
        nesting = body as? any NestingOperator
        isView = body.isView
    }

    /// - Parameters:
    ///   - scope: The request's.
    ///   - isWanted: Asked by what takes several steps; it ends with `.cancelled` once this says false.
    func evaluate(
        _ inputs: [Tensor?], byteLimit: Int, _ scope: inout RunScope, while isWanted: () -> Bool = { true }
    ) throws(InferError) -> [Tensor] {
        if let nesting {
            return try nesting.evaluate(inputs, byteLimit: byteLimit, &scope, while: isWanted)
        }
        let facts = InputFacts(
            inputs.enumerated().map { index, input in
                input.map(TensorFact.init(constant:)) ?? (index < packed.count ? packed[index] : nil)
            })
        let outputs = try body.infer(facts)
        for output in outputs { try output.checkLimits() }
        if isView, let input = inputs[0] {
            guard let count = outputs[0].elementCount, count == input.elementCount else {
                throw InferError(.invalidArgument, "\(input.dataType)\(input.shape) cannot be seen as \(outputs[0])")
            }
            return [input.reshaped(outputs[0].shape)]
        }
        if let mover, outputs.contains(where: { $0.dataType == .bytes }) {
            return try evaluateMovement(mover, inputs, byteLimit)
        }
        if let eager, eager.isEager(facts) { return try eager.evaluate(inputs) }
        if let known = allConstants(outputs) { return known }
        for output in outputs {
            guard output.isComplete, output.dataType.byteCount != nil else {
                throw InferError(.internal, "the shape \(output) is still open with all inputs known")
            }
            // Before it is bound: a kernel's tables may be as large as what it makes.
            guard try output.checkedByteCount() <= byteLimit else {
                throw InferError(.resourceExhausted, "a tensor \(output) has more than \(byteLimit) bytes")
            }
        }
        let kernel = try body.bind(facts, outputs)
        return try run(kernel, inputs, outputs, scope.threads)
    }
}

private func allConstants(_ facts: [TensorFact]) -> [Tensor]? {
    var tensors: [Tensor] = []
    for fact in facts {
        guard let constant = fact.constant else { return nil }
        tensors.append(constant)
    }
    return tensors
}

/// Runs a kernel once in memory of its own.
private func run(
    _ kernel: Kernel, _ inputs: [Tensor?], _ outputs: [TensorFact], _ threads: Threads
) throws(InferError) -> [Tensor] {
    var slots: [Slot] = []
    for input in inputs {
        slots.append(
            Slot(base: UnsafeMutableRawPointer(mutating: input?.bytes.base), byteCount: input?.bytes.count ?? 0))
    }
    var owned: [Bytes] = []
    for output in outputs {
        let byteCount = try output.checkedByteCount()
        var base: UnsafeMutableRawPointer?
        owned.append(Bytes(uninitializedCount: byteCount) { base = $0.baseAddress })
        slots.append(Slot(base: base, byteCount: byteCount))
    }
    var scratch: UnsafeMutableRawPointer?
    if kernel.scratchByteCount > 0 {
        scratch = aligned_alloc(64, (kernel.scratchByteCount + 63) / 64 * 64)
        guard scratch != nil else { throw InferError(.resourceExhausted, "no memory for a kernel") }
    }
    defer { free(scratch) }
    slots.append(Slot(base: scratch, byteCount: kernel.scratchByteCount))
    let operands = slots.indices.map(Int32.init)
    let failure: InferError? = slots.withUnsafeBufferPointer { slots in
        operands.withUnsafeBufferPointer { operands in
            do throws(InferError) {
                try kernel.body(
                    Buffers(
                        slots: slots.baseAddress!, operands: operands.baseAddress!, inputCount: inputs.count,
                        outputCount: outputs.count, threads: threads))
                return nil
            } catch { return error }
        }
    }
    withExtendedLifetime((inputs, owned)) {}
    if let failure { throw failure }
    return zip(outputs, owned).map { Tensor(dataType: $0.dataType, shape: $0.shape, bytes: $1) }
}

/// Moves element numbers through the operator, then picks the elements: so that kernels need not know `BYTES`.
private func evaluateMovement(
    _ body: any MovementOperator, _ inputs: [Tensor?], _ byteLimit: Int
) throws(InferError) -> [Tensor] {
    var numbered = inputs
    var elements: [Bytes] = []
    for index in body.movedInputs(count: inputs.count) where index < inputs.count {
        guard let input = inputs[index] else { continue }
        let first = elements.count
        elements.append(contentsOf: input.bytesElements)
        numbered[index] = Tensor((first..<elements.count).map(Int64.init), shape: input.shape)
    }
    return try evaluate(body, numbered, byteLimit: byteLimit).map { (moved) throws(InferError) in
        // A long element may be moved to many places.
        let byteCount = moved.withElements(as: Int64.self) { numbers in
            numbers.reduce(0) { $0 + 4 + elements[Int($1)].count }
        }
        guard byteCount <= byteLimit else {
            throw InferError(
                .resourceExhausted, "a tensor BYTES\(moved.shape) has more than \(byteLimit) bytes")
        }
        var builder = BytesBuilder(capacity: byteCount)
        moved.withElements(as: Int64.self) { numbers in
            for number in numbers {
                builder.append(littleEndian: UInt32(elements[Int(number)].count))
                builder.append(elements[Int(number)])
            }
        }
        return Tensor(dataType: .bytes, shape: moved.shape, bytes: builder.finish())
    }
}
