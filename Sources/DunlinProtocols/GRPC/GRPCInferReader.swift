package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// Reads one `ModelInferRequest`. What it names is there at once; the tensors are read when they are asked for, so that a
/// request that cannot be served costs nothing.
///
/// Raw tensors are slices of the message, copied only where they are not aligned. The checks, their limits and their
/// sentences are those of `V2InferCodec`.
package struct GRPCInferReader {
    package private(set) var model = ""
    /// `nil` leaves it to the server.
    package private(set) var version: String?
    package private(set) var id: String?
    /// Whether any input was given in `contents`; the answer is then written that way too.
    package internal(set) var usesTypedContents = false

    let message: Bytes
    let limits: V2Limits
    /// `nil` where clients may not use shared memory.
    let sharedMemory: (any SharedMemoryAccess)?
    /// Entries of `raw_input_contents` that no input has taken yet, and where the next of them is looked for.
    var rawCount = 0
    var rawCursor: ProtobufCursor
    var hasRaw = false
    /// Bytes that typed contents have expanded to, and that were read from shared memory, so far.
    var expandedByteCount = 0
    private var inputCount = 0
    private var outputCount = 0
    /// Parameters that were there already, in all maps.
    var repeatedCount = 0

    // Where the reader is, for messages.
    var tensor = TensorPlace.none
    var field: StaticString = ""

    /// The entry of `inputs` or `outputs` being read, by name once that is known.
    enum TensorPlace {
        case none
        case input(Int, name: String?)
        case output(Int, name: String?)
    }

    /// - Throws: `.invalidArgument` for what is no such message, or has more parts than `limits` allow.
    package init(
        _ message: Bytes, sharedMemory: (any SharedMemoryAccess)? = nil, limits: V2Limits = .init()
    ) throws(InferError) {
        self.message = message
        self.limits = limits
        self.sharedMemory = sharedMemory
        rawCursor = ProtobufCursor(UnsafeRawBufferPointer(start: message.base, count: message.count))
        do throws(ProtobufError) { try readNames() } catch { throw failure("\(error)") }
        field = "model_name"
        guard !model.isEmpty else { throw failure("expected the model's name, found none") }
        for name in [model, version ?? "", id ?? ""] where name.utf8.count > limits.maxNameByteCount {
            throw InferError(
                .invalidArgument,
                "request: expected names and an id of at most \(limits.maxNameByteCount) bytes, found "
                    + "\(name.utf8.count)")
        }
        field = ""
        if inputCount > limits.maxInputCount { throw failure("expected at most \(limits.maxInputCount) inputs") }
        if outputCount > limits.maxOutputCount { throw failure("expected at most \(limits.maxOutputCount) outputs") }
        hasRaw = rawCount > 0
    }

    private var whole: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: message.base, count: message.count) }

    private mutating func readNames() throws(ProtobufError) {
        defer { withExtendedLifetime(message) {} }
        var cursor = ProtobufCursor(whole)
        while try cursor.next() {
            switch cursor.field {
            case 1:
                field = "model_name"
                model = try cursor.string()
            case 2:
                field = "model_version"
                version = try cursor.string()
            case 3:
                field = "id"
                id = try cursor.string()
            case 5:
                inputCount += 1
                try cursor.skip()
            case 6:
                outputCount += 1
                try cursor.skip()
            case 7:
                rawCount += 1
                try cursor.skip()
            default: try cursor.skip()
            }
            field = ""
        }
        if version?.isEmpty == true { version = nil }
        if id?.isEmpty == true { id = nil }
    }

    /// Reads the whole request. To be called once.
    ///
    /// - Throws: `.invalidArgument`, naming what is wrong; `.unsupported` for shared memory that is not allowed, `.notFound`
    ///   for a region that is not registered.
    package mutating func readRequest() throws(InferError) -> InferRequest {
        defer { withExtendedLifetime(message) {} }
        var request = InferRequest(model: model, version: version, id: id, inputs: [])
        request.inputs.reserveCapacity(inputCount)
        request.outputs.reserveCapacity(outputCount)
        var inputNames = NameSet()
        var outputNames = NameSet()
        var cursor = ProtobufCursor(whole)
        while try next(&cursor) {
            switch cursor.field {
            case 4:
                field = "parameters"
                try readParameter(try payload(&cursor), into: &request.parameters, ofRequest: true)
                field = ""
            case 5:
                tensor = .input(request.inputs.count, name: nil)
                let input = try readInput(try payload(&cursor), index: request.inputs.count)
                // One input needs no list of names.
                if request.inputs.count == 1 { _ = inputNames.insert(request.inputs[0].name) }
                guard request.inputs.isEmpty || inputNames.insert(input.name) else {
                    throw failure("the input is given more than once")
                }
                request.inputs.append(input)
                tensor = .none
            case 6:
                tensor = .output(request.outputs.count, name: nil)
                let output = try readOutput(try payload(&cursor), index: request.outputs.count)
                if request.outputs.count == 1 { _ = outputNames.insert(request.outputs[0].name) }
                guard request.outputs.isEmpty || outputNames.insert(output.name) else {
                    throw failure("the output is requested more than once")
                }
                request.outputs.append(output)
                tensor = .none
            default: try skip(&cursor)
            }
        }
        guard rawCount == 0 else {
            field = "raw_input_contents"
            throw failure("expected one entry for each input that is not in shared memory, found \(rawCount) more")
        }
        return request
    }

    private mutating func readOutput(
        _ bytes: UnsafeRawBufferPointer, index: Int
    ) throws(InferError) -> RequestedOutput {
        var name: String?
        var parameters = Parameters()
        var cursor = ProtobufCursor(bytes)
        while try next(&cursor) {
            switch cursor.field {
            case 1:
                let text = try readName(&cursor, "name")
                name = text
                tensor = .output(index, name: text)
            case 2:
                field = "parameters"
                try readParameter(try payload(&cursor), into: &parameters, ofRequest: false)
                field = ""
            default: try skip(&cursor)
            }
        }
        guard let name, !name.isEmpty else { throw failure("'name' is missing; expected the output's name") }
        try checkSharedMemory(ofOutput: parameters)
        return RequestedOutput(name, parameters: parameters)
    }

    /// Reads a text of limited length.
    mutating func readName(_ cursor: inout ProtobufCursor, _ name: StaticString) throws(InferError) -> String {
        field = name
        defer { field = "" }
        let text: String
        do throws(ProtobufError) { text = try cursor.string() } catch { throw failure("\(error)") }
        guard text.utf8.count <= limits.maxNameByteCount else {
            throw failure("expected at most \(limits.maxNameByteCount) bytes, found \(text.utf8.count)")
        }
        return text
    }

    // MARK: Fields, with the place in front of what is wrong with them

    func next(_ cursor: inout ProtobufCursor) throws(InferError) -> Bool {
        do throws(ProtobufError) { return try cursor.next() } catch { throw failure("\(error)") }
    }

    func skip(_ cursor: inout ProtobufCursor) throws(InferError) {
        do throws(ProtobufError) { try cursor.skip() } catch { throw failure("\(error)") }
    }

    func payload(_ cursor: inout ProtobufCursor) throws(InferError) -> UnsafeRawBufferPointer {
        do throws(ProtobufError) { return try cursor.payload() } catch { throw failure("\(error)") }
    }

    /// The bytes of `part`, which is a part of the message, with its owner.
    func slice(_ part: UnsafeRawBufferPointer) -> Bytes {
        guard let base = message.base, let start = part.baseAddress, part.count > 0 else { return Bytes() }
        let offset = UnsafeRawPointer(start) - base
        return message[offset..<(offset + part.count)]
    }

    /// The error for the client: the tensor and the field being read, then what was expected and found.
    func failure(_ text: String, _ code: InferError.Code = .invalidArgument) -> InferError {
        var place: String
        switch tensor {
        case .none: place = "request: "
        case .input(let index, nil): place = "inputs[\(index)]: "
        case .output(let index, nil): place = "outputs[\(index)]: "
        case .input(_, let name?): place = "input '\(name)': "
        case .output(_, let name?): place = "output '\(name)': "
        }
        if field.utf8CodeUnitCount > 0 { place += "'\(field)': " }
        return InferError(code, place + text)
    }

    func failure(_ error: InferError) -> InferError { failure(error.message, error.code) }
}
