import DunlinBytes
import DunlinInference

extension GRPCInferReader {
    /// The one reserved name that a request may have: whether the last answer of a stream may be an empty one.
    package static let emptyFinalResponse = "triton_enable_empty_final_response"

    /// Reads an entry of a map of `InferParameter`. An entry that is there again replaces the one before, as protobuf has it.
    ///
    /// - Parameter isOfRequest: True for the request's own, where names that begin with `triton_` are reserved.
    mutating func readParameter(
        _ bytes: UnsafeRawBufferPointer, into parameters: inout Parameters, ofRequest isOfRequest: Bool
    ) throws(InferError) {
        var key = ""
        var value: Parameter?
        var cursor = ProtobufCursor(bytes)
        while try next(&cursor) {
            do throws(ProtobufError) {
                switch cursor.field {
                case 1: key = try cursor.string()
                case 2: value = try Self.value(try cursor.payload())
                default: try cursor.skip()
                }
            } catch { throw failure(key.isEmpty ? "\(error)" : "parameter '\(key.prefix(64))': \(error)") }
        }
        guard key.utf8.count <= limits.maxNameByteCount else {
            throw failure(
                "expected parameter names of at most \(limits.maxNameByteCount) bytes, found \(key.utf8.count)")
        }
        if isOfRequest, key.hasPrefix("triton_"), key != Self.emptyFinalResponse {
            throw failure("parameter '\(key.prefix(64))': names that begin with 'triton_' are reserved")
        }
        guard let value else {
            throw failure("parameter '\(key)': expected a string, number or boolean, found none")
        }
        if case .string(let text) = value, text.utf8.count > limits.maxParameterByteCount {
            throw failure(
                "parameter '\(key)': expected at most \(limits.maxParameterByteCount) bytes, found \(text.utf8.count)")
        }
        if parameters[key] != nil { repeatedCount += 1 }
        guard parameters.entries.count < limits.maxParameterCount || parameters[key] != nil,
            repeatedCount <= limits.maxParameterCount
        else { throw failure("expected at most \(limits.maxParameterCount) parameters") }
        parameters[key] = value
    }

    /// An `InferParameter`; `nil` when it has no value.
    private static func value(_ bytes: UnsafeRawBufferPointer) throws(ProtobufError) -> Parameter? {
        var value: Parameter?
        var cursor = ProtobufCursor(bytes)
        while try cursor.next() {
            switch cursor.field {
            case 1: value = .bool(try cursor.bool())
            case 2: value = .int(try cursor.int64())
            case 3: value = .string(try cursor.string())
            case 4: value = .double(try cursor.double())
            case 5:
                let number = try cursor.number()
                guard let number = Int64(exactly: number) else {
                    throw ProtobufError("expected a whole number in 0...\(Int64.max), found \(number)")
                }
                value = .int(number)
            default: try cursor.skip()
            }
        }
        return value
    }
}
