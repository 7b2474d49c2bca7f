package import DunlinBytes

extension ProtobufFile {
    /// The file as a serialized `google.protobuf.FileDescriptorProto`, as reflection hands it out.
    package var descriptor: Bytes {
        let names = ProtobufNames([self] + imports.compactMap { name in Self.all.first { $0.name == name } })
        var writer = ProtobufWriter(capacity: 4096)
        writer.string(1, name)
        writer.string(2, package)
        for name in imports { writer.string(3, name) }
        for message in messages { writer.message(4) { message.write(to: &$0, scope: package, names) } }
        for enumeration in enumerations { writer.message(5) { enumeration.write(to: &$0) } }
        for service in services {
            writer.message(6) { writer in
                writer.string(1, service.name)
                for method in service.methods { writer.message(2) { method.write(to: &$0, scope: package, names) } }
            }
        }
        writer.string(12, "proto3")
        return writer.finish()
    }

    /// The full names of what the file declares, but for fields and values: what a client may ask for as symbol.
    package var symbols: Set<String> {
        var symbols: Set<String> = []
        func add(_ message: Message, _ scope: String) {
            let name = "\(scope).\(message.name)"
            symbols.insert(name)
            for inner in message.messages { add(inner, name) }
            for inner in message.enumerations { symbols.insert("\(name).\(inner.name)") }
        }
        for message in messages { add(message, package) }
        for enumeration in enumerations { symbols.insert("\(package).\(enumeration.name)") }
        for service in services {
            symbols.insert("\(package).\(service.name)")
            for method in service.methods { symbols.insert("\(package).\(service.name).\(method.name)") }
        }
        return symbols
    }
}

/// The messages and enumerations that fields may name.
struct ProtobufNames {
    enum Declaration { case message(ProtobufFile.Message), enumeration(ProtobufFile.Enumeration) }

    private var declarations: [String: Declaration] = [:]

    init(_ files: [ProtobufFile]) {
        for file in files {
            for message in file.messages { add(message, file.package) }
            for one in file.enumerations { declarations["\(file.package).\(one.name)"] = .enumeration(one) }
        }
    }

    private mutating func add(_ message: ProtobufFile.Message, _ scope: String) {
        let name = "\(scope).\(message.name)"
        declarations[name] = .message(message)
        for inner in message.messages { add(inner, name) }
        for inner in message.enumerations { declarations["\(name).\(inner.name)"] = .enumeration(inner) }
    }

    /// What `type` means within `scope`: the innermost declaration of that name. `nil` for scalars.
    func find(_ type: String, in scope: String) -> (name: String, declaration: Declaration)? {
        var scope = scope[...]
        while true {
            let name = scope.isEmpty ? type : "\(scope).\(type)"
            if let found = declarations[name] { return (name, found) }
            guard !scope.isEmpty else { return nil }
            scope = scope.lastIndex(of: ".").map { scope[..<$0] } ?? ""
        }
    }
}

/// `FieldDescriptorProto.Type` of the scalars.
private let scalarTypes = [
    "double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "bool": 8, "string": 9, "bytes": 12, "uint32": 13,
]

extension ProtobufFile.Message {
    fileprivate func write(to writer: inout ProtobufWriter, scope: String, _ names: ProtobufNames) {
        let scope = "\(scope).\(name)"
        let oneofs = oneofs
        writer.string(1, name)
        for field in fields {
            writer.message(2) { field.write(to: &$0, scope: scope, oneofs: oneofs, names) }
        }
        for field in fields {
            guard let keyType = field.keyType else { continue }
            writer.message(3) { writer in
                writer.string(1, field.entryName)
                let key = ProtobufFile.Field(name: "key", number: 1, type: keyType)
                let value = ProtobufFile.Field(name: "value", number: 2, type: field.type)
                for part in [key, value] { writer.message(2) { part.write(to: &$0, scope: scope, oneofs: [], names) } }
                writer.message(7) { $0.bool(7, true) }
            }
        }
        for message in messages { writer.message(3) { message.write(to: &$0, scope: scope, names) } }
        for enumeration in enumerations { writer.message(4) { enumeration.write(to: &$0) } }
        for oneof in oneofs { writer.message(8) { $0.string(1, oneof) } }
    }
}

extension ProtobufFile.Field {
    /// The message that protobuf makes of a map's entries: `InputMapEntry` for `input_map`.
    fileprivate var entryName: String {
        name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Entry"
    }

    fileprivate func write(
        to writer: inout ProtobufWriter, scope: String, oneofs: [String], _ names: ProtobufNames
    ) {
        writer.string(1, name)
        writer.int(3, number)
        writer.int(4, isRepeated || keyType != nil ? 3 : 1)
        let (type, typeName) = described(scope: scope, names)
        writer.int(5, type)
        writer.string(6, typeName)
        if let index = oneof.flatMap({ oneofs.firstIndex(of: $0) }) { writer.int(9, index, always: true) }
    }

    private func described(scope: String, _ names: ProtobufNames) -> (type: Int, name: String) {
        if keyType != nil { return (11, ".\(scope).\(entryName)") }
        if let scalar = scalarTypes[type] { return (scalar, "") }
        switch names.find(type, in: scope) {
        case (let name, .message)?: return (11, "." + name)
        case (let name, .enumeration)?: return (14, "." + name)
        case nil: preconditionFailure("\(scope).\(name): there is no type '\(type)'")
        }
    }
}

extension ProtobufFile.Enumeration {
    fileprivate func write(to writer: inout ProtobufWriter) {
        writer.string(1, name)
        for value in values {
            writer.message(2) { writer in
                writer.string(1, value.name)
                writer.int(2, value.number, always: true)
            }
        }
    }
}

extension ProtobufFile.Method {
    fileprivate func write(to writer: inout ProtobufWriter, scope: String, _ names: ProtobufNames) {
        writer.string(1, name)
        for (field, type) in [(2, request), (3, response)] {
            guard let found = names.find(type, in: scope) else {
                preconditionFailure("\(name): there is no message '\(type)'")
            }
            writer.string(field, "." + found.name)
        }
        writer.bool(5, streamsRequests)
        writer.bool(6, streamsResponses)
    }
}
