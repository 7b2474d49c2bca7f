package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// Requests and responses of Triton's generate extension: one flat JSON object each way.
package enum GenerateCodec {
    /// Reads the body of a generate request.
    ///
    /// A key that is an input's name holds its elements, one or a list; `id` is the request's id; `parameters` is an
    /// object whose members are read by the same rule; every other key is a parameter of the request. No body is `{}`.
    ///
    /// - Parameter signature: The model's: where a key belongs, the datatype of its elements and their shape.
    /// - Throws: `.invalidArgument` for the first thing in the text that is wrong.
    package static func decode(
        _ body: Bytes, model: String, version: String?, signature: ModelSignature, limits: V2Limits = .init()
    ) throws(InferError) -> InferRequest {
        guard !signature.isVariadic else {
            throw InferError(
                .invalidArgument,
                "model '\(model)' takes inputs of any name, which a generate request cannot tell apart")
        }
        let request = InferRequest(model: model, version: version, inputs: [])
        guard !body.isEmpty else { return request }
        var reader = GenerateReader(body, request, signature, limits)
        do throws(JSONError) {
            try reader.read()
        } catch {
            throw InferError(.invalidArgument, "generate request: \(error)")
        }
        return reader.request
    }

    /// Spreads elements over the extents of an input: the innermost variable one takes what the fixed ones leave, the
    /// others become 1.
    ///
    /// - Parameter extents: As in the model's metadata, -1 where any extent is accepted.
    /// - Returns: `nil` when that does not come out even.
    static func shape(for count: Int, _ extents: [Int]) -> Shape? {
        guard !extents.contains(0) else { return count == 0 ? Shape(extents.map { max($0, 0) }) : nil }
        var rest = count
        for extent in extents where extent != -1 {
            guard rest % extent == 0 else { return nil }
            rest /= extent
        }
        var shape = extents
        for axis in shape.indices.reversed() where shape[axis] == -1 {
            shape[axis] = rest
            rest = 1
        }
        return rest == 1 ? Shape(shape) : nil
    }
}
