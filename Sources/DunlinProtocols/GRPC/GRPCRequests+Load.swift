package import DunlinBytes
package import DunlinInference

extension GRPCRequests {
    /// `RepositoryModelLoadRequest` and `RepositoryModelUnloadRequest`.
    package struct Load: Sendable, Equatable {
        /// Empty: the only one there is.
        package var repository = ""
        package var model = ""
        package var request = V2LoadRequest()
        /// Whether the model's name stood in field 1, as KServe numbers it, and the answer repeats it there.
        package var isKServe = false
    }

    /// Reads both numberings: Triton has the repository in field 1 and the model in field 2, KServe the model in field 1.
    package static func load(_ message: Bytes, limits: V2Limits = .init()) throws(InferError) -> Load {
        let owner = message
        var load = try FramedMessage.read(message, "load request") { (cursor) throws(ProtobufError) in
            var load = Load()
            load.request.isNested = true
            var fileByteCount = 0
            while try cursor.next() {
                switch cursor.field {
                case 1: load.repository = try cursor.string()
                case 2: load.model = try cursor.string()
                case 3:
                    let entry = try cursor.payload()
                    do throws(ProtobufError) {
                        try addParameter(entry, to: &load.request, owner, &fileByteCount, limits)
                    } catch { throw ProtobufError("parameters: \(error)") }
                default: try cursor.skip()
                }
            }
            return load
        }
        if load.model.isEmpty {
            (load.model, load.repository) = (load.repository, "")
            load.isKServe = true
        }
        guard !load.model.isEmpty else {
            throw InferError(.invalidArgument, "load request: 'model_name': expected the model's name, found none")
        }
        return load
    }

    /// `RepositoryModelUnloadRequest`: whether the models of an ensemble go with it.
    package static func unloadsDependents(_ load: Load) throws(InferError) -> Bool {
        try load.request.checkNames(["unload_dependents"])
        guard let value = load.request.parameters["unload_dependents"] else { return false }
        guard case .bool(let flag) = value else {
            throw InferError(.invalidArgument, "parameters: 'unload_dependents': expected true or false")
        }
        return flag
    }

    /// An entry of the map of `ModelRepositoryParameter`. Files are slices of `message`.
    private static func addParameter(
        _ entry: UnsafeRawBufferPointer, to request: inout V2LoadRequest, _ message: Bytes,
        _ fileByteCount: inout Int, _ limits: V2Limits
    ) throws(ProtobufError) {
        var key = ""
        var value: Parameter?
        var file: UnsafeRawBufferPointer?
        var cursor = ProtobufCursor(entry)
        while try cursor.next() {
            switch cursor.field {
            case 1: key = try cursor.string()
            case 2:
                var choice = ProtobufCursor(try cursor.payload())
                while try choice.next() {
                    switch choice.field {
                    case 1: value = .bool(try choice.bool())
                    case 2: value = .int(try choice.int64())
                    case 3: value = .string(try choice.string())
                    case 4: file = try choice.payload()
                    default: try choice.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        guard key.utf8.count <= limits.maxNameByteCount * 4 else {
            throw ProtobufError(
                "expected names of at most \(limits.maxNameByteCount * 4) bytes, found \(key.utf8.count)")
        }
        guard key.hasPrefix(V2LoadReader.filePrefix) else {
            guard let value else { throw ProtobufError("'\(key)': expected a string, number or boolean, found none") }
            guard request.parameters.entries.count < limits.maxParameterCount else {
                throw ProtobufError("expected at most \(limits.maxParameterCount) parameters")
            }
            return request.parameters[key] = value
        }
        guard let base = message.base, let file else { throw ProtobufError("'\(key)': expected bytes (bytes_param)") }
        let path = String(key.dropFirst(V2LoadReader.filePrefix.count))
        guard request.files[path] == nil else { throw ProtobufError("'\(key)': expected once, found again") }
        guard request.files.count < limits.maxLoadFileCount else {
            throw ProtobufError("expected at most \(limits.maxLoadFileCount) files")
        }
        guard file.count <= limits.maxLoadByteCount - fileByteCount else {
            throw ProtobufError(
                "the files of the request exceed the maximum allowed input size of \(limits.maxLoadByteCount) bytes "
                    + "(--max-load-size)")
        }
        fileByteCount += file.count
        let offset = file.baseAddress.map { UnsafeRawPointer($0) - base } ?? 0
        request.files[path] = message[offset..<(offset + file.count)]
    }
}
