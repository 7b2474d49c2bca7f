import DunlinBytes
import DunlinInference
import DunlinTensor

/// Reads one generate request, once from front to back.
struct GenerateReader: ~Copyable {
    private var scanner: JSONScanner
    private(set) var request: InferRequest
    private let signature: ModelSignature
    private let limits: V2Limits
    /// Inputs already given, by their place in the signature.
    private var given: Set<Int> = []
    private var hasID = false
    private var hasParameters = false
    /// Bytes that the elements of all inputs have taken so far.
    private var byteCount = 0

    init(_ body: Bytes, _ request: InferRequest, _ signature: ModelSignature, _ limits: V2Limits) {
        scanner = JSONScanner(body)
        self.request = request
        self.signature = signature
        self.limits = limits
    }

    mutating func read() throws(JSONError) {
        try readMembers(areNested: false)
        try scanner.expectEnd()
    }

    private mutating func readMembers(areNested: Bool) throws(JSONError) {
        try scanner.enterObject()
        while let text = try scanner.nextKey() {
            guard text.count <= limits.maxNameByteCount else {
                throw failure("expected keys of at most \(limits.maxNameByteCount) bytes, found \(text.count)")
            }
            let key = text.string
            if !areNested, key == "id" {
                guard !hasID else { throw again(key) }
                hasID = true
                request.id = try readID()
            } else if !areNested, key == "parameters" {
                guard !hasParameters else { throw again(key) }
                hasParameters = true
                try readNested()
            } else if let place = signature.inputs.firstIndex(where: { $0.name == key }) {
                guard given.insert(place).inserted else { throw failure("input '\(key)' already exists in request") }
                try readInput(signature.inputs[place])
            } else {
                try readParameter(key)
            }
        }
    }

    private func again(_ key: String) -> JSONError { failure("'\(key)': expected this key once, found it again") }

    private mutating func readID() throws(JSONError) -> String? {
        let text = try readText("'id'", maxByteCount: limits.maxNameByteCount)
        return text.isEmpty ? nil : text
    }

    private mutating func readNested() throws(JSONError) {
        guard !signature.inputs.contains(where: { $0.name == "parameters" }) else {
            throw failure("Keyword 'parameters' for nested schema also given as input tensor name")
        }
        guard scanner.peek() == .object else {
            throw place("Expected JSON object for keyword: 'parameters':", "an object")
        }
        do throws(JSONError) {
            try readMembers(areNested: true)
        } catch {
            throw JSONError(offset: error.offset, message: "Converting keyword: 'parameters': \(error.message)")
        }
    }

    // MARK: Inputs

    private mutating func readInput(_ input: TensorMetadata) throws(JSONError) {
        let type = input.dataType.jsonElementType
        guard type != nil || input.dataType == .bytes else {
            throw failure(
                "receiving \(input.dataType) data via JSON is not supported; use the infer endpoint with binary data for "
                    + "input '\(input.name)'")
        }
        var builder = BytesBuilder()
        var count = 0
        do throws(JSONError) {
            if scanner.peek() == .array {
                try scanner.enterArray()
                while try scanner.nextElement() {
                    try readElement(type, into: &builder, input)
                    count += 1
                }
            } else {
                try readElement(type, into: &builder, input)
                count = 1
            }
        } catch {
            throw JSONError(offset: error.offset, message: "input '\(input.name)': \(error.message)")
        }
        byteCount += builder.count
        guard let shape = GenerateCodec.shape(for: count, input.shape) else {
            throw failure(
                "The schema can not convert input '\(input.name)' to tensor with proper shape: \(count) elements for "
                    + "shape \(input.shape)")
        }
        request.inputs.append(
            NamedTensor(input.name, Tensor(dataType: input.dataType, shape: shape, bytes: builder.finish())))
    }

    /// - Parameter type: `nil` for BYTES.
    private mutating func readElement(
        _ type: JSONElementType?, into builder: inout BytesBuilder, _ input: TensorMetadata
    ) throws(JSONError) {
        if let type {
            try scanner.readElement(type, appendedTo: &builder)
        } else {
            let text = try scanner.readText()
            guard let count = UInt32(exactly: text.count) else {
                throw failure("expected a string of at most \(UInt32.max) bytes, found \(text.count)")
            }
            builder.append(littleEndian: count)
            builder.append(text.buffer)
        }
        guard builder.count <= limits.maxExpandedByteCount - byteCount else {
            throw failure(
                "data of \(byteCount + builder.count) bytes exceeds the maximum allowed input size of "
                    + "\(limits.maxExpandedByteCount) bytes")
        }
    }

    // MARK: Parameters

    private mutating func readParameter(_ key: String) throws(JSONError) {
        guard !key.utf8.starts(with: "triton_".utf8) else {
            throw failure("parameter '\(key.prefix(64))': names that begin with 'triton_' are reserved")
        }
        guard request.parameters[key] == nil else { throw failure("parameter '\(key)': expected once, found again") }
        guard request.parameters.entries.count < limits.maxParameterCount else {
            throw failure("expected at most \(limits.maxParameterCount) parameters")
        }
        switch scanner.peek() {
        case .string:
            let text = try readText("parameter '\(key)'", maxByteCount: limits.maxParameterByteCount)
            request.parameters[key] = .string(text)
        case .bool: request.parameters[key] = .bool(try scanner.readBool())
        case .number:
            switch try scanner.readNumber() {
            case .int(let value): request.parameters[key] = .int(value)
            case .double(let value): request.parameters[key] = .double(value)
            }
        default: throw place("parameter '\(key)' has invalid type.", "a string, number or boolean")
        }
    }

    private mutating func readText(_ what: String, maxByteCount: Int) throws(JSONError) -> String {
        guard scanner.peek() == .string else { throw place("\(what):", "a string") }
        let text = try scanner.readText()
        guard text.count <= maxByteCount else {
            throw failure("\(what): expected at most \(maxByteCount) bytes, found \(text.count)")
        }
        return text.string
    }

    private func failure(_ message: String) -> JSONError { JSONError(offset: scanner.offset, message: message) }

    private func place(_ words: String, _ expected: String) -> JSONError {
        failure("\(words) \(scanner.unexpected(expected).message)")
    }
}
