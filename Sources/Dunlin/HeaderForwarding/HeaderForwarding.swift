import DunlinHTTP
import DunlinInference

/// Triton's `--http-header-forward-pattern`: header fields whose names match become parameters of an inference request, as
/// text.
///
/// A field stands for a parameter of the same name in the body: what a proxy adds to a request must not be forged by who
/// sends it. Fields that come several times are one parameter, their values joined as HTTP joins them.
struct HeaderForwarding: Sendable {
    private let pattern: HeaderPattern

    /// Parameters with a meaning of their own, which no field may set.
    static let reservedNames: Set<String> = [
        "sequence_id", "sequence_start", "sequence_end", "priority", "timeout", "headers", "binary_data_output",
    ]
    static let reservedPrefix = "triton_"

    init(_ pattern: String) throws(InvalidHeaderPattern) { self.pattern = try HeaderPattern(pattern) }

    /// - Throws: `.invalidArgument` for a matching field with a reserved name.
    func forward(_ headers: HTTPHeaders, to parameters: inout Parameters) throws(InferError) {
        // Names are the same in any case; the first spelling is kept.
        var spellings: [String: String] = [:]
        for field in headers.fields where pattern.matches(field.name) {
            let folded = field.name.lowercased()
            guard !Self.reservedNames.contains(folded), !folded.hasPrefix(Self.reservedPrefix) else {
                throw InferError(
                    .invalidArgument, "Header '\(field.name)' is reserved for Triton usage and cannot be forwarded.")
            }
            if let name = spellings[folded], let value = parameters.string(name) {
                parameters[name] = .string("\(value), \(field.value)")
            } else {
                spellings[folded] = field.name
                for entry in parameters.entries where entry.key.lowercased() == folded { parameters[entry.key] = nil }
                parameters[field.name] = .string(field.value)
            }
        }
    }
}
