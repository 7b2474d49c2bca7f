public import DunlinTensor

/// The one error type that crosses module seams on the inference path.
///
/// `code` decides what a client may do about it; `message` says what went wrong in the client's own words:
/// model and tensor names, expected and received values, no internals. Each protocol maps `code` to its own
/// status in `Dunlin/ErrorResponses.swift`.
public struct InferError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, CaseIterable {
        case invalidArgument, notFound, unavailable, resourceExhausted, deadlineExceeded, cancelled, unsupported,
            `internal`
    }

    public let code: Code
    public let message: String
    /// When it may succeed, as far as is known.
    public let retryAfter: Duration?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    public var description: String { message }
}

extension InferError {
    public static func modelNotFound(_ model: String) -> InferError {
        .init(.notFound, "model '\(model)' is not in the model repository")
    }

    public static func versionNotFound(_ model: String, version: String) -> InferError {
        .init(.notFound, "model '\(model)' has no version '\(version)'")
    }

    public static func modelNotReady(_ model: String, state: String) -> InferError {
        .init(.unavailable, "model '\(model)' is not ready (state: \(state))")
    }

    public static func unexpectedShape(input: String, expected: [Int], received: Shape) -> InferError {
        .init(
            .invalidArgument,
            "input '\(input)': expected shape [\(expected.map(String.init).joined(separator: ","))], "
                + "received \(received)")
    }

    public static func unexpectedDataType(input: String, expected: DataType, received: DataType) -> InferError {
        .init(.invalidArgument, "input '\(input)': expected datatype \(expected), received \(received)")
    }
}
