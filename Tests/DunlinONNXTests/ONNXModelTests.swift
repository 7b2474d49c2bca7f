import DunlinBytes
import DunlinONNX
import DunlinTensor
import Glibc
import Testing

@Suite struct ONNXModelTests {
    static func perceptron() -> ModelWriter {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [-1, 2])
        writer.output("y", .fp32, [-1, 2])
        writer.initializer("w", Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
        writer.initializer("names", Tensor(strings: ["a", "bc"], shape: [2]))
        writer.node("MatMul", ["x", "w"], ["h"], name: "product")
        writer.node(
            "LeakyRelu", ["h"], ["y"],
            ["alpha": .float(0.5), "ints": .ints([1, -2]), "texts": .texts(["p", ""])], name: "activation")
        return writer
    }

    @Test("reads what was written")
    func reads() throws {
        let model = try ONNXModel(parsing: Self.perceptron().bytes(), directory: nil)
        #expect(model.irVersion == 8)
        #expect(model.opsets == ["": 13])
        #expect(model.graph.nodes.map(\.type) == ["MatMul", "LeakyRelu"])
        #expect(model.graph.nodes[0].inputs == ["x", "w"])
        #expect(model.graph.initializers[0].tensor.elements(as: Float.self) == [1, 2, 3, 4])
        #expect(model.graph.initializers[1].tensor.strings == ["a", "bc"])
        guard case .tensor(.fp32, let dimensions) = model.graph.inputs[0].type else {
            Issue.record("the input is no FP32 tensor")
            return
        }
        #expect(dimensions == [.named("N"), .fixed(2)])
        guard case .ints(let ints) = model.graph.nodes[1].attributes[1].value else {
            Issue.record("the attribute is no list of integers")
            return
        }
        #expect(ints == [1, -2])
    }

    @Test("a model cut short anywhere is an error or a smaller model, never a crash")
    func truncated() {
        let bytes = Self.perceptron().bytes()
        for count in 0..<bytes.count {
            _ = try? ONNXModel(parsing: bytes[0..<count], directory: nil)
        }
        #expect(throws: ONNXError.self) { try ONNXModel(parsing: Bytes(), directory: nil) }
    }

    @Test("random changes never crash the reader")
    func mutated() {
        let original = Self.perceptron().bytes().array
        var random: UInt64 = 42
        for _ in 0..<5000 {
            var bytes = original
            for _ in 0..<4 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(random >> 33) % bytes.count] = UInt8(truncatingIfNeeded: random >> 20)
            }
            _ = try? ONNXModel(parsing: Bytes(bytes), directory: nil)
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var says: String

        init(_ description: String, says: String, _ write: (inout MessageWriter) -> Void) {
            testDescription = description
            self.says = says
            var writer = MessageWriter()
            write(&writer)
            bytes = writer.bytes
        }
    }

    @Test(
        "names what is wrong",
        arguments: [
            Malformed("no graph", says: "no graph") { $0.field(1, int: 8) },
            Malformed("a group", says: "wire type 3") { $0.varint(1 << 3 | 3) },
            Malformed("field number 0", says: "field number 0") { $0.varint(0) },
            Malformed("a length beyond the end", says: "are left") {
                $0.varint(7 << 3 | 2)
                $0.varint(99)
            },
            Malformed("an endless number", says: "more than 64 bits") {
                $0.raw([UInt8](repeating: 0x80, count: 11))
            },
            Malformed("a tensor with too few bytes", says: "tensor 'w': FP32 [2,2] needs 16 bytes, there are 4") {
                $0.field(7) {
                    $0.field(5) {
                        $0.field(1, int: 2)
                        $0.field(1, int: 2)
                        $0.field(2, int: 1)
                        $0.field(8, text: "w")
                        $0.field(9, bytes: [0, 0, 0, 0])
                    }
                }
            },
            Malformed("a tensor larger than memory", says: "tensor 'w'") {
                $0.field(7) {
                    $0.field(5) {
                        $0.field(1, int: 1 << 62)
                        $0.field(1, int: 4)
                        $0.field(2, int: 1)
                        $0.field(8, text: "w")
                    }
                }
            },
            Malformed("a negative extent", says: "is no shape") {
                $0.field(7) {
                    $0.field(5) {
                        $0.field(1, int: -1)
                        $0.field(2, int: 1)
                    }
                }
            },
            Malformed("a sparse initializer", says: "sparse") { $0.field(7) { $0.field(15, bytes: []) } },
            Malformed("an attribute of the wrong kind", says: "attribute 'a'") {
                $0.field(7) {
                    $0.field(1) {
                        $0.field(4, text: "Relu")
                        $0.field(5) {
                            $0.field(1, text: "a")
                            $0.field(20, int: 4)
                        }
                    }
                }
            },
            Malformed("a domain imported in two versions", says: "imported as 9 and as 10") {
                for version in 9...10 { $0.field(8) { $0.field(2, int: version) } }
            },
        ])
    func malformed(row: Malformed) {
        let error = #expect(throws: ONNXError.self) {
            try ONNXModel(parsing: Bytes(row.bytes), directory: nil)
        }
        #expect(error?.message.contains(row.says) ?? false, "\(error?.message ?? "")")
    }

    @Test("every limit holds at its value and breaks one past it")
    func limits() throws {
        let bytes = Self.perceptron().bytes()
        var limits = ONNXLimits()
        limits.fileByteCount = bytes.count
        limits.rank = 2
        limits.nameByteCount = 12
        limits.nestingDepth = 1
        _ = try ONNXModel(parsing: bytes, directory: nil, limits: limits)
        for change in [\ONNXLimits.fileByteCount, \.rank, \.nameByteCount, \.nestingDepth] {
            var less = limits
            less[keyPath: change] -= 1
            #expect(throws: ONNXError.self) { try ONNXModel(parsing: bytes, directory: nil, limits: less) }
        }
        var items = ONNXLimits()
        items.itemCount = 1
        while (try? ONNXModel(parsing: bytes, directory: nil, limits: items)) == nil { items.itemCount += 1 }
        #expect(items.itemCount > 20)
        items.itemCount -= 1
        #expect(throws: ONNXError.self) { try ONNXModel(parsing: bytes, directory: nil, limits: items) }
    }

    @Test(
        "external data stays inside the directory",
        arguments: ["../secret", "/etc/passwd", "a/../../b", "", "missing.bin"])
    func externalData(location: String) {
        var writer = ModelWriter()
        writer.graphField(
            5,
            bytes: {
                var tensor = MessageWriter()
                tensor.field(1, int: 1)
                tensor.field(2, int: 1)
                tensor.field(14, int: 1)
                tensor.field(13) {
                    $0.field(1, text: "location")
                    $0.field(2, text: location)
                }
                return tensor.bytes
            }())
        for directory in ["/tmp", nil] {
            #expect(throws: ONNXError.self) { try ONNXModel(parsing: writer.bytes(), directory: directory) }
        }
    }

    @Test("a file of external data is read once, however its place is spelt")
    func spellings() throws {
        var template = Array("/tmp/dunlin-XXXXXX".utf8CString)
        let directory = String(cString: try #require(mkdtemp(&template)))
        defer {
            unlink("\(directory)/d.bin")
            rmdir(directory)
        }
        let file = try #require(fopen("\(directory)/d.bin", "w"))
        fwrite([0, 0, 128, 63] as [UInt8], 1, 4, file)
        fclose(file)
        var writer = ModelWriter()
        for (index, location) in ["d.bin", "./d.bin", "././d.bin", ".//d.bin"].enumerated() {
            var tensor = MessageWriter()
            tensor.field(1, int: 1)
            tensor.field(2, int: 1)
            tensor.field(8, text: "t\(index)")
            tensor.field(14, int: 1)
            tensor.field(13) {
                $0.field(1, text: "location")
                $0.field(2, text: location)
            }
            writer.graphField(5, bytes: tensor.bytes)
        }
        let model = try ONNXModel(parsing: writer.bytes(), directory: directory)
        #expect(model.graph.initializers.map { $0.tensor.elements(as: Float.self) } == [[1], [1], [1], [1]])
        #expect(model.files.count == 2)
    }

    @Test("typed fields, packed or not, hold the same elements as raw data")
    func typedFields() throws {
        var packed = MessageWriter()
        packed.field(1, int: 3)
        packed.field(2, int: 7)
        packed.field(7) { for value in [1, 2, 300] { $0.varint(UInt64(value)) } }
        var single = MessageWriter()
        single.field(1, int: 3)
        single.field(2, int: 7)
        for value in [1, 2, 300] { single.field(7, int: value) }
        for message in [packed, single] {
            let tensor = try ONNXModel.tensor(parsing: Bytes(message.bytes)).tensor
            #expect(tensor.elements(as: Int64.self) == [1, 2, 300])
        }
        var half = MessageWriter()
        half.field(1, int: 1)
        half.field(2, int: 10)
        half.field(5, int: 0x3C00)
        #expect(try ONNXModel.tensor(parsing: Bytes(half.bytes)).tensor.elements(as: Float16.self) == [1])
    }
}
