package import DunlinBytes
package import DunlinInference

/// What a load request asks for beside the model's name.
package struct V2LoadRequest: Sendable, Equatable {
    package var parameters = Parameters()
    /// Files that came with it (`file:<path>`), decoded, by path relative to the model's directory.
    package var files: [String: Bytes] = [:]
    /// Whether the parameters stand in an object `parameters`, as Triton's clients send them; AMD's stand alone.
    package var isNested = false

    package init() {}

    /// - Throws: `.invalidArgument` for a parameter that is not one of `names`, where Triton's form says that it counts.
    package func checkNames(_ names: [String]) throws(InferError) {
        guard isNested, let unknown = parameters.entries.first(where: { !names.contains($0.key) })?.key else { return }
        throw InferError(
            .invalidArgument,
            "parameters: '\(unknown.prefix(64))' is not known; known are \(names.joined(separator: ", "))")
    }
}

/// Reads the body of a load request without keeping its files as text.
struct V2LoadReader: ~Copyable {
    private var scanner: JSONScanner
    private let limits: V2Limits
    private var request = V2LoadRequest()
    private var fileByteCount = 0
    /// The parameter being read, for messages.
    private var key = ""

    static let filePrefix = "file:"

    init(_ body: Bytes, _ limits: V2Limits) {
        scanner = JSONScanner(body)
        self.limits = limits
    }

    /// Nothing, `null`, `{}`, `{"parameters":{…}}` or the parameters themselves.
    mutating func read() throws(InferError) -> V2LoadRequest {
        do throws(JSONError) {
            switch scanner.peek() {
            case .end: return request
            case .null: try scanner.readNull()
            default: try readObject(isInner: false)
            }
            try scanner.expectEnd()
        } catch {
            throw InferError(.invalidArgument, "parameters: \(key.isEmpty ? "" : "'\(key)': ")\(error)")
        }
        if request.isNested, let other = outer.first {
            throw InferError(
                .invalidArgument,
                "parameters: '\(other)' stands beside the object 'parameters'; expected all parameters inside it")
        }
        return request
    }

    /// Keys beside `parameters`.
    private var outer: [String] = []

    private mutating func readObject(isInner: Bool) throws(JSONError) {
        try scanner.enterObject()
        while let text = try scanner.nextKey() {
            guard text.count <= limits.maxNameByteCount * 4 else {
                throw failure("expected names of at most \(limits.maxNameByteCount * 4) bytes, found \(text.count)")
            }
            key = text.string
            if !isInner, key == "parameters", scanner.peek() == .object {
                guard !request.isNested else { throw failure("expected once, found again") }
                request.isNested = true
                try readObject(isInner: true)
            } else {
                if !isInner { outer.append(key) }
                try readParameter()
            }
            key = ""
        }
    }

    private mutating func readParameter() throws(JSONError) {
        if key.hasPrefix(Self.filePrefix) { return try readFile() }
        guard request.parameters[key] == nil else { throw failure("expected once, found again") }
        guard request.parameters.entries.count < limits.maxParameterCount else {
            throw failure("expected at most \(limits.maxParameterCount) parameters")
        }
        switch scanner.peek() {
        case .string: request.parameters[key] = .string(try scanner.readString())
        case .bool: request.parameters[key] = .bool(try scanner.readBool())
        case .number:
            switch try scanner.readNumber() {
            case .int(let value): request.parameters[key] = .int(value)
            case .double(let value): request.parameters[key] = .double(value)
            }
        default: throw scanner.unexpected("a string, number or boolean")
        }
    }

    private mutating func readFile() throws(JSONError) {
        let path = String(key.dropFirst(Self.filePrefix.count))
        guard request.files[path] == nil else { throw failure("expected once, found again") }
        guard request.files.count < limits.maxLoadFileCount else {
            throw failure("expected at most \(limits.maxLoadFileCount) files")
        }
        let text = try scanner.readText()
        let room = limits.maxLoadByteCount - fileByteCount + 2
        guard
            Base64.decodedByteCount(text.count) <= room
                || Base64.decodedByteCount(text.buffer.count { !Base64.isBlank($0) }) <= room
        else {
            throw tooLarge
        }
        guard let bytes = Base64.decode(text.buffer) else { throw failure("expected Base64 (RFC 4648)") }
        guard bytes.count <= limits.maxLoadByteCount - fileByteCount else { throw tooLarge }
        fileByteCount += bytes.count
        request.files[path] = bytes
    }

    private var tooLarge: JSONError {
        failure(
            "the files of the request exceed the maximum allowed input size of \(limits.maxLoadByteCount) bytes "
                + "(--max-load-size)")
    }

    private func failure(_ message: String) -> JSONError { JSONError(offset: scanner.offset, message: message) }
}
