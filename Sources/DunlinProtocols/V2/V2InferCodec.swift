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
    ///   - sharedMemory: What inputs and outputs may name; `nil` where clients may not use it.
    /// - Throws: `.invalidArgument`, naming what is wrong; `.unsupported` for shared memory that is not allowed,
    ///   `.notFound` for a region that is not registered.
    package static func decode(
        _ body: Bytes, headerLength: Int?, model: String, version: String?,
        sharedMemory: (any SharedMemoryAccess)? = nil, limits: V2Limits = .init()
    ) throws(InferError) -> InferRequest {
        let headerLength = headerLength ?? -1
        guard headerLength <= body.count else {
            throw headerTooLong(String(headerLength), bodyByteCount: body.count)
        }
        guard !body.isEmpty else {
            throw InferError(.invalidArgument, "request: expected a JSON object with 'inputs', found no body")
        }
        var reader =
            headerLength < 0
            ? V2RequestReader(json: body, tail: nil, sharedMemory: sharedMemory, limits: limits)
            : V2RequestReader(
                json: body[0..<headerLength], tail: body.dropFirst(headerLength), sharedMemory: sharedMemory,
                limits: limits)
        do throws(JSONError) {
            return try reader.readRequest(model: model, version: version)
        } catch {
            throw reader.inferError(error)
        }
    }

    /// Reads the value of `Inference-Header-Content-Length`: 0 through `bodyByteCount`, 0 asking for `decodeRaw`.
    package static func parseHeaderLength(_ text: String, bodyByteCount: Int) throws(InferError) -> Int {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isNumber, let value = Int(text), value <= bodyByteCount else {
            throw headerTooLong(text, bodyByteCount: bodyByteCount)
        }
        return value
    }

    private static func headerTooLong(_ text: String, bodyByteCount: Int) -> InferError {
        InferError(
            .invalidArgument,
            "header 'Inference-Header-Content-Length': expected an integer in 0...\(bodyByteCount) (the body's bytes), "
                + "received '\(text.prefix(64))'")
    }
}
