import COnnxRuntime
import DunlinTensor

extension DataType {
    /// The type with ONNX Runtime's number, or `nil` when the protocol has none (complex, 8-bit floats, 4-bit integers).
    init?(onnxRuntime code: Int32) {
        guard let match = Self.onnxRuntimeCodes.first(where: { $0.code == Int(code) }) else { return nil }
        self = match.type
    }

    /// ONNX Runtime's number of this type.
    var onnxRuntimeCode: Int32 {
        Int32(Self.onnxRuntimeCodes.first { $0.type == self }!.code)
    }

    private static let onnxRuntimeCodes: [(type: DataType, code: Int)] = [
        (.fp32, DUNLIN_ORT_FLOAT), (.int64, DUNLIN_ORT_INT64), (.bytes, DUNLIN_ORT_STRING),
        (.bool, DUNLIN_ORT_BOOL), (.uint8, DUNLIN_ORT_UINT8), (.uint16, DUNLIN_ORT_UINT16),
        (.uint32, DUNLIN_ORT_UINT32), (.uint64, DUNLIN_ORT_UINT64), (.int8, DUNLIN_ORT_INT8),
        (.int16, DUNLIN_ORT_INT16), (.int32, DUNLIN_ORT_INT32), (.fp16, DUNLIN_ORT_FLOAT16),
        (.bf16, DUNLIN_ORT_BFLOAT16), (.fp64, DUNLIN_ORT_DOUBLE),
    ]
}
