import DunlinBytes
import DunlinInference
import DunlinTensor

/// Reads one infer request: the JSON text once from front to back, the raw tensors behind it as their inputs come by.
///
/// Everything throws `JSONError`, so that scanner calls stand plainly; `inferError(_:)` puts the place in front.
struct V2RequestReader: ~Copyable {
    var scanner: JSONScanner
    let limits: V2Limits
    /// What follows the JSON text; `nil` without the header `Inference-Header-Content-Length`.
    let tail: Bytes?
    /// `nil` where clients may not use shared memory.
    let sharedMemory: (any SharedMemoryAccess)?
    /// Bytes of `tail` that belong to inputs already read.
    var tailOffset = 0
    /// Bytes that JSON data has expanded to, and that were read from shared memory, so far.
    var expandedByteCount = 0

    // Where the reader is, for messages.
    var tensor = TensorPlace.none
    var field: StaticString = ""
    var code = InferError.Code.invalidArgument

    /// The entry of `inputs` or `outputs` being read, by name once that is known.
    enum TensorPlace {
        case none
        case input(Int, name: String?)
        case output(Int, name: String?)
    }

    init(json: Bytes, tail: Bytes?, sharedMemory: (any SharedMemoryAccess)?, limits: V2Limits) {
        scanner = JSONScanner(json)
        self.tail = tail
        self.sharedMemory = sharedMemory
        self.limits = limits
    }

    /// The error for the client: the tensor and the field being read, then what was expected and found.
    func inferError(_ error: JSONError) -> InferError {
        var place: String
        switch tensor {
        case .none: place = ""
        case .input(let index, nil): place = "inputs[\(index)]: "
        case .output(let index, nil): place = "outputs[\(index)]: "
        case .input(_, let name?): place = "input '\(name)': "
        case .output(_, let name?): place = "output '\(name)': "
        }
        if field.utf8CodeUnitCount > 0 { place += "'\(field)': " }
        return InferError(code, place.isEmpty ? "request: \(error)" : "\(place)\(error)")
    }

    mutating func readRequest(model: String, version: String?) throws(JSONError) -> InferRequest {
        var request = InferRequest(model: model, version: version, inputs: [])
        var hasID = false
        var hasParameters = false
        var hasInputs = false
        var hasOutputs = false
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if key == "inputs" {
                try begin("inputs", &hasInputs)
                try readInputs(into: &request.inputs)
            } else if key == "id" {
                try begin("id", &hasID)
                if try !skipNull() { request.id = try readName(maxByteCount: limits.maxNameByteCount) }
            } else if key == "parameters" {
                try begin("parameters", &hasParameters)
                if try !skipNull() { request.parameters = try readParameters(ofRequest: true) }
            } else if key == "outputs" {
                try begin("outputs", &hasOutputs)
                if try !skipNull() { try readOutputs(into: &request.outputs) }
            } else {
                try scanner.skipValue()
            }
            field = ""
        }
        try scanner.expectEnd()
        guard hasInputs else { throw failure("'inputs' is missing; expected an array of tensors") }
        if let tail, tailOffset < tail.count {
            throw failure(
                "expected \(tailOffset) bytes of binary tensors after the JSON part, found "
                    + "\(tail.count - tailOffset) additional bytes")
        }
        return request
    }

    /// Notes the field that is read next.
    mutating func begin(_ name: StaticString, _ isSeen: inout Bool) throws(JSONError) {
        field = name
        guard !isSeen else { throw failure("expected this key once, found it again") }
        isSeen = true
    }

    /// Skips `null`, which MLServer's clients send for what they leave out; false when something else stands here.
    mutating func skipNull() throws(JSONError) -> Bool {
        guard scanner.peek() == .null else { return false }
        try scanner.skipValue()
        return true
    }

    func failure(_ message: String) -> JSONError { JSONError(offset: scanner.offset, message: message) }

    /// Reads a string of limited length.
    mutating func readName(maxByteCount: Int) throws(JSONError) -> String {
        let text = try scanner.readText()
        guard text.count <= maxByteCount else {
            throw failure("expected at most \(maxByteCount) bytes, found \(text.count)")
        }
        return text.string
    }

    private mutating func readOutputs(into outputs: inout [RequestedOutput]) throws(JSONError) {
        try scanner.enterArray()
        var names = NameSet()
        while try scanner.nextElement() {
            field = ""
            tensor = .output(outputs.count, name: nil)
            guard outputs.count < limits.maxOutputCount else {
                throw failure("expected at most \(limits.maxOutputCount) outputs")
            }
            let output = try readOutput(outputs.count)
            guard names.insert(output.name) else { throw failure("the output is requested more than once") }
            outputs.append(output)
            tensor = .none
        }
    }

    private mutating func readOutput(_ index: Int) throws(JSONError) -> RequestedOutput {
        var name: String?
        var parameters = Parameters()
        var hasName = false
        var hasParameters = false
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if key == "name" {
                try begin("name", &hasName)
                name = try readName(maxByteCount: limits.maxNameByteCount)
                tensor = .output(index, name: name)
            } else if key == "parameters" {
                try begin("parameters", &hasParameters)
                if try !skipNull() { parameters = try readParameters(ofRequest: false) }
                try checkBool("binary_data", in: parameters)
                try checkSharedMemory(ofOutput: parameters)
            } else {
                try scanner.skipValue()
            }
            field = ""
        }
        guard let name else { throw failure("'name' is missing; expected the output's name") }
        return RequestedOutput(name, parameters: parameters)
    }
}

/// Names seen so far; a list while there are few, which there nearly always are.
struct NameSet: ~Copyable {
    private var few: [String] = []
    private var many: Set<String> = []

    /// Names that are searched one by one.
    private static let listCount = 16

    /// False when `name` is here already.
    mutating func insert(_ name: String) -> Bool {
        if few.count < Self.listCount {
            if few.contains(name) { return false }
            few.append(name)
            return true
        }
        if many.isEmpty { many = Set(few) }
        return many.insert(name).inserted
    }
}
