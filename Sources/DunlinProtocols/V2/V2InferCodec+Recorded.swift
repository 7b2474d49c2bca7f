package import DunlinBytes
package import DunlinInference

extension V2InferCodec {
    /// Reads an infer request that was saved to a file, where there is no header to tell how long its JSON part is.
    ///
    /// - Parameter hasRawTensors: The body is a JSON object and, from the byte behind it, raw tensors; else it is JSON.
    /// - Throws: `.invalidArgument`, naming what is wrong; `.unsupported` for shared memory.
    package static func decodeRecorded(
        _ body: Bytes, hasRawTensors: Bool, model: String, version: String?, limits: V2Limits = .init()
    ) throws(InferError) -> InferRequest {
        guard hasRawTensors else {
            return try decode(body, headerLength: nil, model: model, version: version, limits: limits)
        }
        var scanner = JSONScanner(body)
        do throws(JSONError) {
            try scanner.skipValue()
        } catch {
            throw InferError(.invalidArgument, "request: \(error)")
        }
        return try decode(body, headerLength: scanner.offset, model: model, version: version, limits: limits)
    }
}
