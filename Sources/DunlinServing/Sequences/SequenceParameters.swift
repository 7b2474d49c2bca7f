import DunlinInference

/// What tells sequences of one model apart.
enum SequenceID: Hashable, Sendable, CustomStringConvertible {
    case number(UInt64)
    case text(String)

    var description: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }
}

/// Where a request belongs, as Triton's sequence extension spells it: `sequence_id`, `sequence_start`, `sequence_end`.
struct SequenceParameters: Sendable, Equatable {
    var id: SequenceID
    var starts: Bool
    var ends: Bool

    /// Bytes in a `sequence_id` that is text.
    static let maxByteCount = 128

    /// - Throws: `.invalidArgument` when a parameter is of another kind, or there is no id.
    init(_ parameters: Parameters, model: String) throws(InferError) {
        switch parameters["sequence_id"] {
        case .int(let number)? where number > 0: id = .number(UInt64(number))
        case .string(let text)? where !text.isEmpty:
            guard text.utf8.count <= Self.maxByteCount else {
                throw InferError(
                    .invalidArgument,
                    "parameter 'sequence_id' has \(text.utf8.count) bytes; the limit is \(Self.maxByteCount)")
            }
            id = .text(text)
        case nil, .int(0)?, .string?:
            throw InferError(
                .invalidArgument,
                "inference request to model '\(model)' must specify a non-zero or non-empty correlation ID "
                    + "(parameter 'sequence_id')")
        default:
            throw InferError(
                .invalidArgument, "parameter 'sequence_id' must be text or a whole number in 1...\(Int64.max)")
        }
        starts = try Self.flag(parameters, "sequence_start")
        ends = try Self.flag(parameters, "sequence_end")
    }

    private static func flag(_ parameters: Parameters, _ key: String) throws(InferError) -> Bool {
        guard let value = parameters[key] else { return false }
        guard case .bool(let flag) = value else {
            throw InferError(.invalidArgument, "parameter '\(key)' must be true or false")
        }
        return flag
    }
}
