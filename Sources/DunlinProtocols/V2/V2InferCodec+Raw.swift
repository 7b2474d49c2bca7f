package import DunlinBytes
package import DunlinInference
import DunlinTensor

extension V2InferCodec {
    /// Reads a raw one-tensor request (`Inference-Header-Content-Length: 0`): the whole body is the model's only
    /// input, whose one variable extent follows from the byte count. A BYTES body is the one element itself, without
    /// a length. All outputs are asked for in binary.
    ///
    /// - Parameter isBatched: Whether the first extent counts rows by the model's configuration (`max_batch_size`). Where
    ///   another one is variable too, the request is one row.
    package static func decodeRaw(
        _ body: Bytes, model: String, version: String?, signature: ModelSignature, isBatched: Bool = false
    ) throws(InferError) -> InferRequest {
        guard signature.inputs.count == 1, !signature.isVariadic, var input = signature.inputs.first else {
            throw InferError(
                .invalidArgument,
                "model '\(model)': a raw request needs a model with exactly 1 input, this one has "
                    + (signature.isVariadic ? "any number" : "\(signature.inputs.count)"))
        }
        if isBatched, input.shape.first == -1, input.shape.count(where: { $0 < 0 }) == 2 { input.shape[0] = 1 }
        let tensor = input.dataType == .bytes ? try rawElement(body, input) : try rawNumbers(body, input)
        var request = InferRequest(model: model, version: version, inputs: [NamedTensor(input.name, tensor)])
        request.parameters["binary_data_output"] = .bool(true)
        return request
    }

    private static func rawElement(_ body: Bytes, _ input: TensorMetadata) throws(InferError) -> Tensor {
        let dimensions = input.shape.map { $0 == -1 ? 1 : $0 }
        guard dimensions.allSatisfy({ $0 == 1 }) else {
            throw InferError(
                .invalidArgument,
                "input '\(input.name)': a raw BYTES request needs a model input of one element, this one has shape "
                    + "\(input.shape)")
        }
        guard let length = UInt32(exactly: body.count) else {
            throw InferError(
                .invalidArgument, "input '\(input.name)': expected at most \(UInt32.max) bytes, received \(body.count)")
        }
        var builder = BytesBuilder(capacity: 4 + body.count)
        builder.append(littleEndian: length)
        builder.append(body)
        return Tensor(dataType: .bytes, shape: Shape(dimensions), bytes: builder.finish())
    }

    private static func rawNumbers(_ body: Bytes, _ input: TensorMetadata) throws(InferError) -> Tensor {
        func failure(_ message: String) -> InferError {
            InferError(.invalidArgument, "input '\(input.name)': \(message)")
        }
        let variable = input.shape.indices.filter { input.shape[$0] < 0 }
        guard variable.count <= 1 else {
            throw failure(
                "the shape \(input.shape) of the raw input can not be deduced because there are more than one "
                    + "variable-sized dimension")
        }
        var dimensions = input.shape
        var fixed = input.dataType.byteCount ?? 1
        for extent in dimensions where extent >= 0 {
            let (product, isOver) = fixed.multipliedReportingOverflow(by: extent)
            guard !isOver else { throw failure("byte size overflow for shape \(input.shape)") }
            fixed = product
        }
        if let axis = variable.first {
            guard fixed > 0, body.count % fixed == 0 else {
                throw failure(
                    "expected a multiple of \(fixed) bytes for \(input.dataType) of shape \(input.shape), received "
                        + "\(body.count)")
            }
            dimensions[axis] = body.count / fixed
        } else if fixed != body.count {
            throw failure(
                "expected \(fixed) bytes for \(input.dataType) of shape \(input.shape), received \(body.count)")
        }
        return try V2RawTensor.check(body, input.dataType, Shape(dimensions), failure)
    }
}
