package import DunlinInference
package import DunlinKernels
package import DunlinTensor

/// What is known of a node's inputs. Which inputs must be there was checked against the operator's table entry.
package struct InputFacts: Sendable {
    package let facts: [TensorFact?]
    /// What rounds the weights of products to BF16 when they are packed, where the model asks for it; `nil`: FP32.
    package let bf16: BF16Kernels?

    package init(_ facts: [TensorFact?], bf16: BF16Kernels? = nil) {
        self.facts = facts
        self.bf16 = bf16
    }

    package var count: Int { facts.count }

    /// A required input. Programmer error when it is absent: traps.
    package subscript(index: Int) -> TensorFact {
        guard let fact = facts[index] else { preconditionFailure("input \(index) is absent") }
        return fact
    }

    /// An input that may be left out.
    package func optional(_ index: Int) -> TensorFact? { index < facts.count ? facts[index] : nil }

    /// Checks the element type of a required input.
    ///
    /// - Throws: `.unsupported`, so that another backend may try the model.
    package func require(_ index: Int, isOneOf accepted: [DataType]) throws(InferError) {
        let received = self[index].dataType
        guard accepted.contains(received) else {
            throw InferError(
                .unsupported,
                "input \(index) has datatype \(received); supported: \(accepted.map(\.name).joined(separator: ", "))")
        }
    }

    /// Checks that two inputs have one element type.
    package func requireSameType(_ first: Int, _ second: Int) throws(InferError) {
        guard self[first].dataType == self[second].dataType else {
            throw InferError(
                .invalidArgument,
                "inputs \(first) and \(second) differ in datatype: \(self[first].dataType), \(self[second].dataType)")
        }
    }

    /// Checks the rank of a required input where it is known.
    package func require(_ index: Int, rank expected: ClosedRange<Int>) throws(InferError) {
        guard let rank = self[index].rank, !expected.contains(rank) else { return }
        let wanted = expected.count == 1 ? "\(expected.lowerBound)" : "\(expected)"
        throw InferError(.invalidArgument, "input \(index) has rank \(rank), expected \(wanted)")
    }
}
