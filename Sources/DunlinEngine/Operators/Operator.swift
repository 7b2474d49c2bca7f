package import DunlinInference
package import DunlinTensor

/// One ONNX operator with its attributes, as one node of a graph uses it. Immutable and shared by all instances.
///
/// The order is always: attributes (`init`, from a `Node`) → `infer` → `prepare` → `bind` → the kernel's `body`.
/// What can fail because of the model fails at load; what depends on a request's shapes fails in `infer`.
package protocol Operator: Sendable {
    /// What the outputs will be, given what is known of the inputs; one fact for each output the operator has,
    /// also for those the node leaves out.
    ///
    /// Called at load with unknown extents, again for each new set of input shapes, and by `evaluate` with all
    /// inputs known. Sets `constant` only when it can tell the elements although the inputs' elements are not known
    /// (`Shape`); everything whose inputs are all constant is evaluated by the planner.
    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact]

    /// This operator with constant inputs packed for its kernels; called once, at load. Default: itself.
    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator

    /// The code that computes the outputs, for exactly these types and shapes. Called once per plan; work that
    /// depends on shapes alone (strides, tables) belongs here, not in the kernel.
    ///
    /// - Parameters:
    ///   - inputs: Complete facts: every shape is known.
    ///   - outputs: What `infer` returned: complete, of fixed-size types.
    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel

    /// Whether output 0 has the bytes of input 0 under another shape or name; then nothing is bound or run.
    var isView: Bool { get }

    /// Bytes of tables and packed weights that this operator holds beyond the graph's constants.
    var memoryByteCount: Int { get }

    /// Inputs whose elements this operator, as prepared, does not read any more, because it has packed them. Kernels
    /// then find these inputs empty. Default: none.
    var packedInputs: [Int] { get }

    /// False for operators whose result differs from call to call: they are never folded.
    var isDeterministic: Bool { get }
}

extension Operator {
    package func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator { self }
    package var isView: Bool { false }
    package var memoryByteCount: Int { 0 }
    package var packedInputs: [Int] { [] }
    package var isDeterministic: Bool { true }
}

/// An operator whose outputs' sizes depend on its inputs' elements (`NonZero`), or that makes `BYTES` tensors.
///
/// It is not bound: each run calls `evaluate`, which allocates what it returns.
package protocol EagerOperator: Operator {
    /// - Parameter inputs: `nil` where the node leaves an input out. Types were checked by `infer`.
    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor]

    /// Whether these inputs need `evaluate`; where not, the operator is bound like any other. Default: always.
    func isEager(_ inputs: InputFacts) -> Bool
}

extension EagerOperator {
    package func isEager(_ inputs: InputFacts) -> Bool { true }

    package func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        preconditionFailure("an eager operator is evaluated, not bound")
    }
}

/// An operator that moves elements without looking at them (`Gather`, `Concat`).
///
/// Its kernels need not know `BYTES`: the engine moves element numbers instead and then picks the elements.
package protocol MovementOperator: Operator {
    /// Which of the inputs hold the elements that are moved; all of one datatype.
    func movedInputs(count: Int) -> [Int]
}

/// A view: `bind` is never called.
package protocol ViewOperator: Operator {}

extension ViewOperator {
    package var isView: Bool { true }
    package func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        preconditionFailure("a view is not bound")
    }
}
