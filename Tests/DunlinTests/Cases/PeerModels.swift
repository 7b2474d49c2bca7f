import DunlinInference
import DunlinTensor
import DunlinTestSupport

/// Models named and shaped like those that OpenVINO Model Server and MLServer are tested with.
enum PeerModels {
    typealias Entry = (name: String, make: @Sendable () -> FakeModel)

    static let all: [Entry] =
        [
            ("dummy", { plusOne([-1, 10]) }),
            ("dynamic", { plusOne([-1, -1]) }),
            ("scalar", { renaming("model_scalar_input", "model_scalar_output", .fp32, []) }),
            ("string", { renaming("my_name", "my_name", .bytes, [-1]) }),
            ("two", { identity([("input0", .uint32, [2, 2]), ("input1", .bool, [3])]) }),
            ("id_BYTES_flat", { identity([("input0", .bytes, [-1])]) }),
            ("id_INT64_four", { identity([("input0", .int64, [-1, -1, -1, -1])]) }),
            ("b_BYTES", { identity([("b", .bytes, [-1])]) }),
            ("bc_BYTES", { identity([("b", .bytes, [-1]), ("c", .bytes, [-1])]) }),
            ("bc_INT8", { identity([("b", .int8, [-1, 4]), ("c", .int8, [-1, 4])]) }),
            ("b_INT16_any", { identity([("b", .int16, [-1, -1])]) }),
            ("b_INT16_scalar", { identity([("b", .int16, [])]) }),
            ("sum-model", sum),
            ("text-model", { renaming("prompt", "output", .bytes, [1]) }),
        ] + DataType.allCases.filter { $0 != .bytes }.flatMap(ofType)

    private static func ofType(_ type: DataType) -> [Entry] {
        [
            ("id_\(type.name)", { identity([("input0", type, [-1, -1])]) }),
            ("b_\(type.name)", { identity([("b", type, [-1, 4])]) }),
            ("add_\(type.name)", { adding(type) }),
        ]
    }

    static let backend = FakeBackend { source throws(InferError) in
        guard let entry = all.first(where: { $0.name == source.model }) else {
            throw InferError(.notFound, "no such model")
        }
        return entry.make()
    }

    private static func tensor(_ name: String, _ type: DataType, _ shape: [Int]) -> TensorMetadata {
        TensorMetadata(name: name, dataType: type, shape: shape)
    }

    /// Gives its inputs back under their own names.
    private static func identity(_ inputs: [(name: String, type: DataType, shape: [Int])]) -> FakeModel {
        let tensors = inputs.map { tensor($0.name, $0.type, $0.shape) }
        return FakeModel(ModelSignature(inputs: tensors, outputs: tensors)) { inputs throws(InferError) in inputs }
    }

    private static func renaming(_ input: String, _ output: String, _ type: DataType, _ shape: [Int]) -> FakeModel {
        let signature = ModelSignature(inputs: [tensor(input, type, shape)], outputs: [tensor(output, type, shape)])
        return FakeModel(signature) { inputs throws(InferError) in [NamedTensor(output, inputs[0].tensor)] }
    }

    private static func plusOne(_ shape: [Int]) -> FakeModel {
        let signature = ModelSignature(inputs: [tensor("b", .fp32, shape)], outputs: [tensor("a", .fp32, shape)])
        return FakeModel(signature) { inputs throws(InferError) in
            let sums = inputs[0].tensor.elements(as: Float.self).map { $0 + 1 }
            return [NamedTensor("a", Tensor(sums, shape: inputs[0].tensor.shape))]
        }
    }

    /// The sum of a list.
    @Sendable private static func sum() -> FakeModel {
        let signature = ModelSignature(
            inputs: [tensor("input-0", .int32, [-1])], outputs: [tensor("total", .int32, [1])])
        return FakeModel(signature) { inputs throws(InferError) in
            let total = inputs[0].tensor.elements(as: Int32.self).reduce(0, &+)
            return [NamedTensor("total", Tensor([total], shape: [1]))]
        }
    }

    /// `out` is `in1` and `in2` added, of booleans either.
    private static func adding(_ type: DataType) -> FakeModel {
        let signature = ModelSignature(
            inputs: [tensor("in1", type, [-1, 10]), tensor("in2", type, [-1, 10])],
            outputs: [tensor("out", type, [-1, 10])])
        return FakeModel(signature) { inputs throws(InferError) in
            let (left, right) = (inputs[0].tensor, inputs[1].tensor)
            func integers<Number: FixedWidthInteger & TensorElement>(_: Number.Type) -> Tensor {
                let pairs = zip(left.elements(as: Number.self), right.elements(as: Number.self))
                return Tensor(pairs.map { $0 &+ $1 }, shape: left.shape)
            }
            func floats<Number: BinaryFloatingPoint & TensorElement>(_: Number.Type) -> Tensor {
                let pairs = zip(left.elements(as: Number.self), right.elements(as: Number.self))
                return Tensor(pairs.map { $0 + $1 }, shape: left.shape)
            }
            let sum =
                switch type {
                case .int8: integers(Int8.self)
                case .int16: integers(Int16.self)
                case .int32: integers(Int32.self)
                case .int64: integers(Int64.self)
                case .uint8: integers(UInt8.self)
                case .uint16: integers(UInt16.self)
                case .uint32: integers(UInt32.self)
                case .uint64: integers(UInt64.self)
                case .fp32: floats(Float.self)
                case .fp64: floats(Double.self)
                default: left
                }
            return [NamedTensor("out", sum)]
        }
    }
}
