import DunlinBytes
import Glibc

extension ONNXParser {
    /// The bytes of a tensor that lie in a file next to the model.
    ///
    /// - Parameters:
    ///   - entries: `location`, `offset`, `length`.
    ///   - expected: How many bytes the tensor needs.
    /// - Throws: When the file is not inside the model's directory, symbolic links followed, or too short.
    func externalBytes(_ entries: [String: String], expected: Int) throws(ONNXError) -> Bytes {
        guard let location = entries["location"], !location.isEmpty else {
            throw .malformed("external data without location")
        }
        let offset = try Self.number(entries["offset"], "offset") ?? 0
        let length = try Self.number(entries["length"], "length") ?? expected
        guard length == expected else {
            throw .malformed("external data '\(location)': length \(length), the shape needs \(expected)")
        }
        let file = try externalFile(location)
        guard offset <= file.count, length <= file.count - offset else {
            throw .malformed(
                "external data '\(location)': \(length) bytes at \(offset) of a file of \(file.count) bytes")
        }
        return file[offset..<offset + length]
    }

    private func externalFile(_ location: String) throws(ONNXError) -> Bytes {
        if let given = givenFiles[location] { return given }
        guard let directory else {
            throw .unsupported("external data '\(location)' cannot be read: the model did not come from a directory")
        }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
            throw .malformed("external data '\(location)' is not inside the model's directory")
        }
        guard let root = Self.resolve(directory), let path = Self.resolve("\(directory)/\(location)") else {
            throw .malformed("external data '\(location)': \(String(cString: strerror(errno)))")
        }
        guard path.hasPrefix(root == "/" ? root : root + "/") else {
            throw .malformed("external data '\(location)' is not inside the model's directory")
        }
        if let known = readFiles[path] { return known }
        do {
            let bytes = try Bytes(reading: path, limit: limits.fileByteCount)
            readFiles[path] = bytes
            return bytes
        } catch {
            throw .malformed("external data '\(location)': \(error.reason)")
        }
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func number(_ text: String?, _ key: String) throws(ONNXError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw .malformed("external data: \(key) is '\(text)', no number of bytes")
        }
        return number
    }
}
