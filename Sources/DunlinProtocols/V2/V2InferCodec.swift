package import DunlinBytes
package import DunlinInference

/// Infer requests and responses of the Open Inference Protocol (V2) over HTTP, with the binary tensor extension.
package enum V2InferCodec {
    /// Reads the body of an infer request.
    ///
    /// - Parameters:
    ///   - headerLength: The value of `Inference-Header-Content-Length`, above 0, when the header is present: the body
    ///     begins with that many bytes of JSON, and the raw tensors follow in the order of the inputs. Tensors are then
    ///     slices of `body`, copied only where they are not aligned. `nil`: the whole body is JSON.
    /// - Throws: `.invalidArgument`, naming what is wrong; `.unsupported` for shared memory.
    package static func decode(
        _ body: Bytes, headerLength: Int?, model: String, version: String?, limits: V2Limits = .init()
    ) throws(InferError) -> InferRequest {
        throw InferError(.unsupported, "not yet")
    }

    /// Reads a raw one-tensor request (`Inference-Header-Content-Length: 0`): the whole body is the model's only
    /// input, whose one variable extent follows from the byte count. All its outputs are asked for in binary.
    package static func decodeRaw(
        _ body: Bytes, model: String, version: String?, signature: ModelSignature
    ) throws(InferError) -> InferRequest {
        throw InferError(.unsupported, "not yet")
    }

    /// Reads the value of `Inference-Header-Content-Length`: 0 through `bodyByteCount`.
    package static func parseHeaderLength(_ text: String, bodyByteCount: Int) throws(InferError) -> Int {
        throw InferError(.unsupported, "not yet")
    }

    /// Writes a response. Outputs are binary when the request asked for that (`binary_data_output`, or an output's
    /// own `binary_data`, which overrides it).
    ///
    /// - Throws: `.invalidArgument` when an output has no JSON form (FP16, BF16, BYTES that are not UTF-8).
    package static func encode(
        _ response: InferResponse, for request: InferRequest
    ) throws(InferError) -> EncodedInferResponse {
        throw InferError(.unsupported, "not yet")
    }
}
