package import DunlinInference

/// Which names a model or an endpoint may have.
///
/// A name becomes one directory below the repository, so it may never lead out of it. Names with dots in them
/// (`...`, `..my_model`, `model..1`) are ordinary.
package enum ModelName {
    /// Bytes in a name: what a file system accepts as one component.
    package static let maxByteCount = 255

    /// What is wrong with `name`, or `nil`.
    package static func problem(_ name: String) -> String? {
        let trimmed = trimmingSpaces(name)
        if trimmed.isEmpty { return "model name cannot be empty" }
        if name.utf8.count > maxByteCount {
            return "model name is \(name.utf8.count) bytes long; the limit is \(maxByteCount)"
        }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "model name must not contain control characters"
        }
        if trimmed == "." || trimmed == ".." || name.utf8.contains(where: { $0 == 0x2F || $0 == 0x5C }) {
            return "model name must not contain path traversal characters: '\(name)'"
        }
        return nil
    }

    /// - Throws: `.invalidArgument` with what is wrong with `name`.
    package static func check(_ name: String) throws(InferError) {
        if let problem = problem(name) { throw InferError(.invalidArgument, problem) }
    }

    private static func trimmingSpaces(_ name: String) -> String {
        var scalars = name.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}
