import DunlinBytes

/// Writes messages that are known as text, such as `config.pbtxt`, in protobuf's binary form.
struct ProtobufTextEncoder: Sendable {
    /// `ModelConfig`. Fields that it does not have are left out.
    static let modelConfiguration = ProtobufTextEncoder(.modelConfiguration, message: "ModelConfig")

    private let names: ProtobufNames
    private let scope: String
    private let type: ProtobufFile.Message

    /// - Precondition: `file` declares `message`.
    init(_ file: ProtobufFile, message: String) {
        names = ProtobufNames([file])
        scope = "\(file.package).\(message)"
        guard case (_, .message(let type))? = names.find(message, in: file.package) else {
            preconditionFailure("\(file.name) has no message '\(message)'")
        }
        self.type = type
    }

    func write(_ message: ProtobufTextMessage, to writer: inout ProtobufWriter) {
        write(message, as: type, scope: scope, to: &writer)
    }

    private func write(
        _ message: ProtobufTextMessage, as type: ProtobufFile.Message, scope: String, to writer: inout ProtobufWriter
    ) {
        for field in type.fields.sorted(by: { $0.number < $1.number }) {
            let values = message.fields.filter { $0.name == field.name }.map(\.value)
            guard !values.isEmpty else { continue }
            if let keyType = field.keyType {
                for case .message(let entry) in values {
                    writer.message(field.number) { writer in
                        let key = ProtobufFile.Field(name: "key", number: 1, type: keyType)
                        let value = ProtobufFile.Field(name: "value", number: 2, type: field.type)
                        write(
                            entry, as: ProtobufFile.Message(name: "", fields: [key, value]), scope: scope, to: &writer)
                    }
                }
            } else if field.isRepeated, Self.packedTypes.contains(field.type) {
                writer.message(field.number) { writer in
                    for value in values { writePacked(value, field.type, to: &writer) }
                }
            } else {
                for value in field.isRepeated ? values[...] : values.suffix(1) {
                    write(value, field, scope: scope, to: &writer)
                }
            }
        }
    }

    private static let packedTypes: Set = ["int32", "int64", "uint32", "uint64", "bool", "float", "double"]

    private func writePacked(
        _ value: ProtobufTextMessage.Value, _ type: String, to writer: inout ProtobufWriter
    ) {
        switch type {
        case "float": writer.raw(littleEndian: Float(value.number).bitPattern)
        case "double": writer.raw(littleEndian: value.number.bitPattern)
        case "bool": writer.varint(value.flag ? 1 : 0)
        default: writer.varint(value.bits)
        }
    }

    private func write(
        _ value: ProtobufTextMessage.Value, _ field: ProtobufFile.Field, scope: String,
        to writer: inout ProtobufWriter
    ) {
        let always = field.isRepeated || field.oneof != nil
        switch field.type {
        case "string", "bytes": writer.string(field.number, value.text, always: always)
        case "bool": writer.bool(field.number, value.flag, always: always)
        case "float": writer.float(field.number, Float(value.number), always: always)
        case "double": writer.double(field.number, value.number, always: always)
        case "int32", "int64", "uint32", "uint64": writer.uint(field.number, value.bits, always: always)
        default:
            switch names.find(field.type, in: scope) {
            case (let name, .message(let type))?:
                guard case .message(let message) = value else { return }
                writer.message(field.number) { write(message, as: type, scope: name, to: &$0) }
            case (_, .enumeration(let enumeration))?:
                let word = value.text.uppercased()
                let number = enumeration.values.first { $0.name == word }?.number ?? Int(truncatingIfNeeded: value.bits)
                writer.int(field.number, number, always: always)
            case nil: break
            }
        }
    }
}

extension ProtobufTextMessage.Value {
    fileprivate var text: String {
        switch self {
        case .string(let text), .word(let text): text
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .float(let number): String(number)
        case .message: ""
        }
    }

    fileprivate var flag: Bool {
        switch self {
        case .integer(let number): number != 0
        default: text.lowercased().hasPrefix("t")
        }
    }

    /// The number as a varint has it.
    fileprivate var bits: UInt64 {
        switch self {
        case .integer(let number): UInt64(bitPattern: number)
        case .unsigned(let number): number
        default: Int64(text).map { UInt64(bitPattern: $0) } ?? 0
        }
    }

    fileprivate var number: Double {
        switch self {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .float(let number): number
        default: Double(text) ?? 0
        }
    }
}
