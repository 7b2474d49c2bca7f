package import DunlinBytes
package import DunlinInference

/// The requests of the service beside inference. Fields that are not known are skipped everywhere.
package enum GRPCRequests {
    /// `ModelReadyRequest`, `ModelMetadataRequest`, `ModelConfigRequest`, `ModelStatisticsRequest`.
    package struct Model: Sendable, Equatable {
        package var name = ""
        /// `nil`: not said.
        package var version: String?
    }

    /// - Parameter isOptional: Whether no name stands for all models.
    package static func model(_ message: Bytes, isOptional: Bool = false) throws(InferError) -> Model {
        let model = try FramedMessage.read(message, "request") { (cursor) throws(ProtobufError) in
            var model = Model()
            while try cursor.next() {
                switch cursor.field {
                case 1: model.name = try cursor.string()
                case 2: model.version = try cursor.string()
                default: try cursor.skip()
                }
            }
            if model.version?.isEmpty == true { model.version = nil }
            return model
        }
        guard isOptional || !model.name.isEmpty else {
            throw InferError(.invalidArgument, "request: 'name': expected the model's name, found none")
        }
        let limit = V2Limits().maxNameByteCount
        for (field, text) in [("name", model.name), ("version", model.version ?? "")] where text.utf8.count > limit {
            throw InferError(
                .invalidArgument, "request: '\(field)': expected at most \(limit) bytes, found \(text.utf8.count)")
        }
        return model
    }

    /// The text in field 1, which several requests have and nothing else: the name of a region, or of a service.
    package static func name(_ message: Bytes) throws(InferError) -> String {
        try FramedMessage.read(message, "request") { (cursor) throws(ProtobufError) in
            var name = ""
            while try cursor.next() {
                if cursor.field == 1 { name = try cursor.string() } else { try cursor.skip() }
            }
            return name
        }
    }

    /// `RepositoryIndexRequest`.
    package static func index(_ message: Bytes) throws(InferError) -> (repository: String, readyOnly: Bool) {
        try FramedMessage.read(message, "index request") { (cursor) throws(ProtobufError) in
            var (repository, readyOnly) = ("", false)
            while try cursor.next() {
                switch cursor.field {
                case 1: repository = try cursor.string()
                case 2: readyOnly = try cursor.bool()
                default: try cursor.skip()
                }
            }
            return (repository, readyOnly)
        }
    }

    // MARK: Shared memory

    /// `SystemSharedMemoryRegisterRequest`.
    package static func register(_ message: Bytes) throws(InferError) -> SharedMemoryRegistration {
        let title: StaticString = "shared memory register request"
        let (name, key, offset, byteCount) = try FramedMessage.read(message, title) { (cursor) throws(ProtobufError) in
            var (name, key, offset, byteCount) = ("", "", UInt64(0), UInt64(0))
            while try cursor.next() {
                switch cursor.field {
                case 1: name = try cursor.string()
                case 2: key = try cursor.string()
                case 3: offset = try cursor.number()
                case 4: byteCount = try cursor.number()
                default: try cursor.skip()
                }
            }
            return (name, key, offset, byteCount)
        }
        guard !key.isEmpty else {
            throw InferError(
                .invalidArgument, "\(title): 'key' is missing; expected the object's name, such as \"/name\"")
        }
        guard let offset = Int(exactly: offset) else {
            throw InferError(.invalidArgument, "\(title): 'offset': expected at most \(Int.max), found \(offset)")
        }
        guard let byteCount = Int(exactly: byteCount), byteCount > 0 else {
            throw InferError(
                .invalidArgument, "\(title): 'byte_size': expected a number in 1...\(Int.max), found \(byteCount)")
        }
        return SharedMemoryRegistration(name: name, key: key, offset: offset, byteCount: byteCount)
    }

    // MARK: Settings

    /// `TraceSettingRequest`: what it changes, and the model it is about. A setting without value is cleared.
    package static func traceSetting(
        _ message: Bytes, limits: V2Limits = .init()
    ) throws(InferError) -> (model: String?, change: V2TraceCodec.Change) {
        let title: StaticString = "trace settings"
        let (model, members) = try FramedMessage.read(message, title) { (cursor) throws(ProtobufError) in
            var (model, members) = ("", [JSONValue.Member]())
            var count = 0
            while try cursor.next() {
                switch cursor.field {
                case 1:
                    try Self.addEntry(&cursor, to: &members, &count, limits) { (value) throws(ProtobufError) in
                        var texts: [JSONValue] = []
                        while try value.next() {
                            guard value.field == 1 else {
                                try value.skip()
                                continue
                            }
                            guard texts.count < limits.maxParameterCount else {
                                throw ProtobufError("expected at most \(limits.maxParameterCount) values")
                            }
                            texts.append(.string(try value.string()))
                        }
                        return texts.isEmpty ? .null : .array(texts)
                    }
                case 2: model = try cursor.string()
                default: try cursor.skip()
                }
            }
            return (model, members)
        }
        // Only the level is a list; everything else is one text.
        let object = V2Object(
            title: "\(title)",
            members: members.map { member in
                guard member.key != "trace_level", case .array(let values) = member.value, values.count == 1 else {
                    return member
                }
                return JSONValue.Member(key: member.key, value: values[0])
            })
        return (model.isEmpty ? nil : model, try V2TraceCodec.change(object))
    }

    /// `LogSettingsRequest`: `settings` with what it changes.
    package static func logSettings(
        _ message: Bytes, changing settings: V2LoggingCodec.Settings, limits: V2Limits = .init()
    ) throws(InferError) -> V2LoggingCodec.Settings {
        let members = try FramedMessage.read(message, "logging settings") { (cursor) throws(ProtobufError) in
            var members: [JSONValue.Member] = []
            var count = 0
            while try cursor.next() {
                guard cursor.field == 1 else {
                    try cursor.skip()
                    continue
                }
                try Self.addEntry(&cursor, to: &members, &count, limits) { (value) throws(ProtobufError) in
                    var found = JSONValue.null
                    while try value.next() {
                        switch value.field {
                        case 1: found = .bool(try value.bool())
                        case 2: found = .int(Int64(truncatingIfNeeded: try value.number()))
                        case 3: found = .string(try value.string())
                        default: try value.skip()
                        }
                    }
                    return found
                }
            }
            return members
        }
        return try V2LoggingCodec.apply(V2Object(title: "logging settings", members: members), to: settings)
    }

    /// Reads an entry of a map from text; one that is there again replaces the one before.
    private static func addEntry(
        _ cursor: inout ProtobufCursor, to members: inout [JSONValue.Member], _ count: inout Int, _ limits: V2Limits,
        _ read: (inout ProtobufCursor) throws(ProtobufError) -> JSONValue
    ) throws(ProtobufError) {
        var entry = ProtobufCursor(try cursor.payload())
        var (key, value) = ("", JSONValue.null)
        while try entry.next() {
            switch entry.field {
            case 1: key = try entry.string()
            case 2:
                var inner = ProtobufCursor(try entry.payload())
                value = try read(&inner)
            default: try entry.skip()
            }
        }
        // Those that are replaced count too: each costs a walk along all others.
        count += 1
        guard count <= limits.maxParameterCount else {
            throw ProtobufError("expected at most \(limits.maxParameterCount) settings")
        }
        members.removeAll { $0.key == key }
        members.append(JSONValue.Member(key: key, value: value))
    }
}
