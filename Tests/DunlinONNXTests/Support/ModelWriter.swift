import DunlinBytes
import DunlinONNX
import DunlinTensor

/// Writes protobuf fields; just enough to make models in tests.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func raw(_ content: [UInt8]) { bytes.append(contentsOf: content) }

    mutating func field(_ number: Int, int value: Int) {
        varint(UInt64(number << 3))
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func field(_ number: Int, float value: Float) {
        varint(UInt64(number << 3 | 5))
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func field(_ number: Int, bytes content: [UInt8]) {
        varint(UInt64(number << 3 | 2))
        varint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    mutating func field(_ number: Int, text: String) { field(number, bytes: Array(text.utf8)) }

    mutating func field(_ number: Int, message body: (inout MessageWriter) -> Void) {
        var inner = MessageWriter()
        body(&inner)
        field(number, bytes: inner.bytes)
    }
}

/// A small ONNX model made in a test.
struct ModelWriter {
    enum Attribute {
        case int(Int), float(Float), text(String), ints([Int]), floats([Float]), texts([String]), tensor(Tensor)
    }

    var irVersion = 8
    var opsets: [(domain: String, version: Int)] = [("", 17)]
    private var graph = MessageWriter()
    /// Further fields of the model message.
    var extra = MessageWriter()

    init(opset: Int = 17) { opsets = [("", opset)] }

    /// - Parameter shape: -1 for an extent that varies.
    mutating func input(_ name: String, _ type: DataType = .fp32, _ shape: [Int]) { value(11, name, type, shape) }

    mutating func output(_ name: String, _ type: DataType = .fp32, _ shape: [Int]) { value(12, name, type, shape) }

    mutating func initializer(_ name: String, _ tensor: Tensor) {
        graph.field(5) { Self.write(tensor, name: name, into: &$0) }
    }

    mutating func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:],
        name: String = "", domain: String = ""
    ) {
        graph.field(1) { Self.write(type, inputs, outputs, attributes, name, domain, into: &$0) }
    }

    /// Adds a raw field to the graph message.
    mutating func graphField(_ number: Int, bytes: [UInt8]) { graph.field(number, bytes: bytes) }

    /// The graph message alone: a node's attribute.
    var graphBytes: [UInt8] { graph.bytes }

    func bytes() -> Bytes {
        var model = MessageWriter()
        model.field(1, int: irVersion)
        model.field(2, text: "dunlin tests")
        for opset in opsets {
            model.field(8) {
                $0.field(1, text: opset.domain)
                $0.field(2, int: opset.version)
            }
        }
        model.field(7, bytes: graph.bytes)
        return Bytes(model.bytes + extra.bytes)
    }

    static func write(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: KeyValuePairs<String, Attribute>,
        _ name: String, _ domain: String, into node: inout MessageWriter
    ) {
        for input in inputs { node.field(1, text: input) }
        for output in outputs { node.field(2, text: output) }
        if !name.isEmpty { node.field(3, text: name) }
        node.field(4, text: type)
        for (key, value) in attributes {
            node.field(5) {
                $0.field(1, text: key)
                write(value, into: &$0)
            }
        }
        if !domain.isEmpty { node.field(7, text: domain) }
    }

    private static func write(_ value: Attribute, into message: inout MessageWriter) {
        switch value {
        case .float(let number):
            message.field(2, float: number)
            message.field(20, int: 1)
        case .int(let number):
            message.field(3, int: number)
            message.field(20, int: 2)
        case .text(let text):
            message.field(4, text: text)
            message.field(20, int: 3)
        case .tensor(let tensor):
            message.field(5) { write(tensor, name: "", into: &$0) }
            message.field(20, int: 4)
        case .floats(let numbers):
            for number in numbers { message.field(7, float: number) }
            message.field(20, int: 6)
        case .ints(let numbers):
            for number in numbers { message.field(8, int: number) }
            message.field(20, int: 7)
        case .texts(let texts):
            for text in texts { message.field(9, text: text) }
            message.field(20, int: 8)
        }
    }

    static func write(_ tensor: Tensor, name: String, into message: inout MessageWriter) {
        for extent in tensor.shape.dimensions { message.field(1, int: extent) }
        message.field(2, int: number(of: tensor.dataType))
        message.field(8, text: name)
        if tensor.dataType == .bytes {
            for text in tensor.strings { message.field(6, text: text) }
        } else {
            message.field(9, bytes: tensor.bytes.array)
        }
    }

    static func number(of type: DataType) -> Int {
        (0...16).first { DataType(onnx: $0) == type } ?? 0
    }

    private mutating func value(_ field: Int, _ name: String, _ type: DataType, _ shape: [Int]) {
        graph.field(field) {
            $0.field(1, text: name)
            $0.field(2) {
                $0.field(1) {
                    $0.field(1, int: Self.number(of: type))
                    $0.field(2) {
                        for extent in shape {
                            $0.field(1) { extent < 0 ? $0.field(2, text: "N") : $0.field(1, int: extent) }
                        }
                    }
                }
            }
        }
    }
}
