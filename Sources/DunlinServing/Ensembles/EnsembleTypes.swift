import DunlinInference
import DunlinTensor

/// Whether what the steps of an ensemble make is what its other steps take.
enum EnsembleTypes {
    /// A model as the checks see it.
    struct Member {
        var signature: ModelSignature
        /// 0: it has no batch dimension of its own.
        var maxBatchSize: Int
    }

    /// - Parameters:
    ///   - own: The ensemble itself.
    ///   - members: By step.
    /// - Throws: `.invalidArgument` that names step and tensor.
    static func check(_ plan: EnsemblePlan, _ own: Member, _ members: [Member]) throws(InferError) {
        for (index, step) in plan.steps.enumerated() {
            let member = members[index]
            guard !member.signature.isVariadic else {
                throw error("\(plan.name(index)) takes any inputs under any names; it cannot be part of an ensemble")
            }
            if member.maxBatchSize > 0, member.maxBatchSize < own.maxBatchSize {
                throw error(
                    "max_batch_size is \(own.maxBatchSize), but \(plan.name(index)) only allows \(member.maxBatchSize)")
            }
            let names = step.inputs.map(\.name)
            if let missing = member.signature.inputs.first(where: { !names.contains($0.name) }) {
                throw error("\(plan.name(index)): input '\(missing.name)' of the model is not in input_map")
            }
            for link in step.outputs where tensor(link.name, member.signature.outputs) == nil {
                throw error(
                    "\(plan.name(index)): output_map names '\(link.name)'; the model's outputs are "
                        + quoted(member.signature.outputs))
            }
        }
        for (index, step) in plan.steps.enumerated() {
            for link in step.inputs {
                guard let taken = tensor(link.name, members[index].signature.inputs) else {
                    throw error(
                        "\(plan.name(index)): input_map names '\(link.name)'; the model's inputs are "
                            + quoted(members[index].signature.inputs))
                }
                try check(
                    link.tensor, plan, own, members, isTakenAs: taken, by: "\(plan.name(index)) takes it",
                    isBatching: members[index].maxBatchSize > 0)
            }
        }
        for (output, place) in zip(own.signature.outputs, plan.outputs) {
            try check(
                place, plan, own, members, isTakenAs: output, by: "the ensemble's output is",
                isBatching: own.maxBatchSize > 0)
        }
    }

    /// Compares what makes a tensor with what takes it.
    private static func check(
        _ place: Int, _ plan: EnsemblePlan, _ own: Member, _ members: [Member], isTakenAs taken: TensorMetadata,
        by taker: String, isBatching: Bool
    ) throws(InferError) {
        let made: TensorMetadata
        var maker = "the ensemble's input is"
        var makerIsBatching = own.maxBatchSize > 0
        if let step = plan.makers[place] {
            guard let link = plan.steps[step].outputs.first(where: { $0.tensor == place }),
                let output = tensor(link.name, members[step].signature.outputs)
            else { return }
            made = output
            maker = "\(plan.name(step)) makes it"
            makerIsBatching = members[step].maxBatchSize > 0
        } else {
            made = own.signature.inputs[place]
        }
        guard made.dataType == taken.dataType else {
            throw error(
                "tensor '\(plan.tensors[place])': \(maker) \(made.dataType), \(taker) \(taken.dataType)")
        }
        let fits =
            agree(made.shape, taken.shape)
            || (isBatching && taken.shape.first == -1 && agree(made.shape, Array(taken.shape.dropFirst())))
            || (makerIsBatching && made.shape.first == -1 && agree(Array(made.shape.dropFirst()), taken.shape))
        guard fits else {
            throw error(
                "tensor '\(plan.tensors[place])': \(maker) \(text(made.shape)), \(taker) \(text(taken.shape))")
        }
    }

    /// The tensor as what takes it expects: with a batch dimension of 1 where one is missing, without where it is too
    /// much. Shares the bytes.
    static func adapted(_ tensor: Tensor, to shape: [Int]) -> Tensor {
        let given = tensor.shape.dimensions
        if given.count + 1 == shape.count, shape[0] == -1 { return tensor.reshaped(Shape([1] + given)) }
        if given.count == shape.count + 1, given[0] == 1 { return tensor.reshaped(Shape(Array(given.dropFirst()))) }
        return tensor
    }

    private static func agree(_ left: [Int], _ right: [Int]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || $0 == -1 || $1 == -1 }
    }

    private static func tensor(_ name: String, _ tensors: [TensorMetadata]) -> TensorMetadata? {
        tensors.first { $0.name == name }
    }

    private static func quoted(_ tensors: [TensorMetadata]) -> String {
        tensors.map { "'\($0.name)'" }.joined(separator: ", ")
    }

    private static func text(_ shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: ",") + "]" }

    private static func error(_ message: String) -> InferError { InferError(.invalidArgument, message) }
}
