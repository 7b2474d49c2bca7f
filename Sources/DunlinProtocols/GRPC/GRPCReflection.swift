package import DunlinBytes
package import DunlinInference

/// Server reflection: clients such as grpcurl ask which services there are and what their messages look like.
package enum GRPCReflection {
    /// The answer to one `ServerReflectionRequest`, framed.
    ///
    /// - Throws: `.invalidArgument` for what is no such message.
    package static func answer(_ request: Bytes) throws(InferError) -> Bytes {
        let question = try read(request)
        return FramedMessage.framed { writer in
            writer.string(1, question.host)
            writer.bytes(2, request, always: true)
            switch question.kind {
            case .listServices:
                writer.message(6) { writer in
                    for name in services { writer.message(1) { $0.string(1, name) } }
                }
            case .file(let name): write(files.first { $0.name == name }, "file '\(name)'", to: &writer)
            case .symbol(let name): write(files.first { $0.symbols.contains(name) }, "symbol '\(name)'", to: &writer)
            case .extensionNumbers(let type):
                guard files.contains(where: { $0.symbols.contains(type) }) else {
                    return writeError(5, "there is no message '\(type)'", to: &writer)
                }
                writer.message(5) { $0.string(1, type) }
            case .fieldExtension: writeError(5, "no message here has extensions", to: &writer)
            case .none: writeError(3, "expected one of the requests that the service has", to: &writer)
            }
        }
    }

    /// A file with the symbols in it, and its descriptor.
    private struct File: Sendable {
        let name: String
        let imports: [String]
        let symbols: Set<String>
        let descriptor: Bytes
    }

    private static let files = ProtobufFile.all.map {
        File(name: $0.name, imports: $0.imports, symbols: $0.symbols, descriptor: $0.descriptor)
    }

    private static let services = ProtobufFile.all.flatMap { file in file.services.map { "\(file.package).\($0.name)" }
    }

    private enum Kind {
        case none, listServices, fieldExtension
        case file(String), symbol(String), extensionNumbers(String)
    }

    private static func read(_ request: Bytes) throws(InferError) -> (host: String, kind: Kind) {
        try FramedMessage.read(request, "ServerReflectionRequest") { (cursor) throws(ProtobufError) in
            var host = ""
            var kind = Kind.none
            while try cursor.next() {
                switch cursor.field {
                case 1: host = try cursor.string()
                case 3: kind = .file(try cursor.string())
                case 4: kind = .symbol(try cursor.string())
                case 5:
                    try cursor.skip()
                    kind = .fieldExtension
                case 6: kind = .extensionNumbers(try cursor.string())
                case 7:
                    try cursor.skip()
                    kind = .listServices
                default: try cursor.skip()
                }
            }
            return (host, kind)
        }
    }

    /// The file and what it imports, which clients would ask for next.
    private static func write(_ file: File?, _ what: String, to writer: inout ProtobufWriter) {
        guard let file else { return writeError(5, "there is no \(what)", to: &writer) }
        writer.message(4) { writer in
            writer.bytes(1, file.descriptor)
            for name in file.imports {
                if let imported = files.first(where: { $0.name == name }) { writer.bytes(1, imported.descriptor) }
            }
        }
    }

    private static func writeError(_ code: Int, _ message: String, to writer: inout ProtobufWriter) {
        writer.message(7) { writer in
            writer.int(1, code)
            writer.string(2, message)
        }
    }
}
