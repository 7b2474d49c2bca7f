package import DunlinBytes

/// An infer response ready to be sent: its JSON text, then the raw tensors, uncopied.
package struct EncodedInferResponse: Sendable {
    /// What to send, in order; the first is the JSON text.
    package let segments: [Bytes]

    /// The value of `Inference-Header-Content-Length`, the JSON text's bytes; `nil` when no output is binary, and
    /// then the header is absent and the body is `application/json` instead of `application/octet-stream`.
    package let headerLength: Int?

    package init(segments: [Bytes], headerLength: Int?) {
        self.segments = segments
        self.headerLength = headerLength
    }

    /// Bytes of all segments.
    package var byteCount: Int { segments.reduce(0) { $0 + $1.count } }
}
