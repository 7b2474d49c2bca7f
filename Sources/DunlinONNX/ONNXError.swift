/// Why a model file cannot be used.
package struct ONNXError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The file breaks the format, or a limit.
        case malformed
        /// The file may be right; this reader lacks something it uses.
        case unsupported
    }

    package let kind: Kind
    package let message: String
    package var description: String { message }

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The same error with where it happened put before it.
    func within(_ place: String) -> ONNXError { ONNXError(kind, "\(place): \(message)") }
}

extension ONNXError {
    package static func malformed(_ message: String) -> ONNXError { ONNXError(.malformed, message) }
    package static func unsupported(_ message: String) -> ONNXError { ONNXError(.unsupported, message) }
}
