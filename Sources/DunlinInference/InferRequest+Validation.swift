public import DunlinTensor

extension InferRequest {
    /// The inputs in the signature's order, each checked for name, datatype and shape.
    ///
    /// - Throws: `.invalidArgument` that names the input, what was expected and what came.
    public func inputs(checkedAgainst signature: ModelSignature) throws(InferError) -> [NamedTensor] {
        if signature.isVariadic { return try checkedVariadic(signature) }
        var ordered: [NamedTensor] = []
        ordered.reserveCapacity(signature.inputs.count)
        for (index, expected) in signature.inputs.enumerated() {
            // Clients nearly always send inputs in the model's order: look there first.
            if index < inputs.count, inputs[index].name == expected.name {
                ordered.append(inputs[index])
            } else if let found = inputs.first(where: { $0.name == expected.name }) {
                ordered.append(found)
            } else {
                throw missingInputs(signature)
            }
            try Self.check(ordered[index].tensor, against: expected)
        }
        guard inputs.count == signature.inputs.count else { throw unexpectedInputs(signature) }
        return ordered
    }

    private static func check(_ tensor: Tensor, against expected: TensorMetadata) throws(InferError) {
        guard tensor.dataType == expected.dataType else {
            throw .unexpectedDataType(input: expected.name, expected: expected.dataType, received: tensor.dataType)
        }
        let received = tensor.shape.dimensions
        guard received.count == expected.shape.count else {
            throw .unexpectedShape(input: expected.name, expected: expected.shape, received: tensor.shape)
        }
        for axis in received.indices where expected.shape[axis] != -1 && expected.shape[axis] != received[axis] {
            throw .unexpectedShape(input: expected.name, expected: expected.shape, received: tensor.shape)
        }
    }

    private func checkedVariadic(_ signature: ModelSignature) throws(InferError) -> [NamedTensor] {
        guard !inputs.isEmpty else { throw InferError(.invalidArgument, "model '\(model)': the request has no inputs") }
        let accepted = signature.inputs.map(\.dataType)
        for input in inputs where !accepted.isEmpty && !accepted.contains(input.tensor.dataType) {
            throw .unexpectedDataType(input: input.name, expected: accepted[0], received: input.tensor.dataType)
        }
        return inputs
    }

    private func missingInputs(_ signature: ModelSignature) -> InferError {
        let missing = signature.inputs.map(\.name).filter { name in !inputs.contains { $0.name == name } }
        return InferError(
            .invalidArgument,
            "model '\(model)' expects \(signature.inputs.count) inputs but got \(inputs.count): "
                + "missing \(Self.quoted(missing)), got \(Self.quoted(inputs.map(\.name)))")
    }

    private func unexpectedInputs(_ signature: ModelSignature) -> InferError {
        let expected = signature.inputs.map(\.name)
        let extra = inputs.map(\.name).filter { !expected.contains($0) }
        if extra.isEmpty {
            return InferError(
                .invalidArgument,
                "model '\(model)': an input is given more than once in \(Self.quoted(inputs.map(\.name)))")
        }
        return InferError(
            .invalidArgument,
            "model '\(model)' has no input \(Self.quoted(extra)); its inputs are \(Self.quoted(expected))")
    }

    private static func quoted(_ names: [String]) -> String {
        "[" + names.map { "'\($0)'" }.joined(separator: ", ") + "]"
    }
}
