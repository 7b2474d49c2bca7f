import DunlinBytes
import DunlinTensor

/// Whether two tensors are the same: type and shape exactly, numbers within ONNX's tolerances.
enum TensorComparison {
    static let relativeTolerance = 1e-3
    static let absoluteTolerance = 1e-7

    /// What differs, or `nil`.
    static func difference(
        _ received: Tensor, _ expected: Tensor, _ absolute: Double = absoluteTolerance
    ) -> String? {
        guard received.dataType == expected.dataType else {
            return "datatype \(received.dataType), expected \(expected.dataType)"
        }
        guard received.shape == expected.shape else { return "shape \(received.shape), expected \(expected.shape)" }
        switch received.dataType {
        case .fp32: return compare(received.elements(as: Float.self), expected.elements(as: Float.self), absolute)
        case .fp64: return compare(received.elements(as: Double.self), expected.elements(as: Double.self), absolute)
        case .fp16: return compare(received.elements(as: Float16.self), expected.elements(as: Float16.self), absolute)
        case .bf16:
            return compare(
                received.elements(as: BFloat16.self).map(\.float), expected.elements(as: BFloat16.self).map(\.float),
                absolute)
        default:
            guard received.bytes != expected.bytes else { return nil }
            return "elements differ: \(text(received)), expected \(text(expected))"
        }
    }

    private static func compare<Number: BinaryFloatingPoint>(
        _ received: [Number], _ expected: [Number], _ absolute: Double
    ) -> String? {
        for (index, (left, right)) in zip(received, expected).enumerated() {
            let (x, y) = (Double(left), Double(right))
            if x == y || (x.isNaN && y.isNaN) { continue }
            if abs(x - y) <= absolute + relativeTolerance * abs(y) { continue }
            return "element \(index) is \(x), expected \(y)"
        }
        return nil
    }

    private static func text(_ tensor: Tensor) -> String {
        tensor.dataType == .bytes ? "\(tensor.strings.prefix(8))" : "\(tensor.bytes.array.prefix(32))"
    }
}
