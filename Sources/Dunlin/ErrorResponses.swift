import DunlinHTTP
import DunlinInference

extension InferError.Code {
    /// The HTTP status of the V2 protocol for this code.
    var httpStatus: Int {
        switch self {
        case .invalidArgument: 400
        case .notFound: 404
        case .unavailable, .resourceExhausted: 503
        case .deadlineExceeded: 504
        case .cancelled: 499
        case .unsupported: 501
        case .internal: 500
        }
    }

    /// The status of a gRPC answer for this code.
    var grpcStatus: GRPCStatus {
        switch self {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .unavailable: .unavailable
        case .resourceExhausted: .resourceExhausted
        case .deadlineExceeded: .deadlineExceeded
        case .cancelled: .cancelled
        case .unsupported: .unimplemented
        case .internal: .internal
        }
    }
}

extension HTTPResponse {
    /// `{"error": …}` with the status of the error's code; what may succeed later says when to come back.
    static func error(_ error: InferError) -> HTTPResponse {
        let mayRetry = error.code == .resourceExhausted || error.code == .unavailable
        return .error(
            error.code.httpStatus, error.message,
            headers: mayRetry ? [("Retry-After", String(retrySeconds(error.retryAfter)))] : [])
    }

    /// Whole seconds of `Retry-After`: at least 1, at most a minute.
    static func retrySeconds(_ duration: Duration?) -> Int {
        guard let duration else { return 1 }
        return Int(Swift.min(Swift.max((duration / .seconds(1)).rounded(.up), 1), 60))
    }
}
