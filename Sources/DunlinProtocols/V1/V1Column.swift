import DunlinBytes
import DunlinInference
import DunlinTensor

/// One input while its values come in: as a whole, or row by row.
final class V1Column {
    let input: TensorMetadata
    var nesting = JSONNesting()
    /// The elements so far; of FP16 and BF16 inputs as FP32.
    var builder = BytesBuilder()
    /// Rows read so far.
    var rows = 0

    init(_ input: TensorMetadata) { self.input = input }

    /// How numbers are read; `nil` for strings.
    var elementType: JSONElementType? {
        switch input.dataType {
        case .fp16, .bf16: .float
        default: input.dataType.jsonElementType
        }
    }

    /// Appends the value of `other`, the same input of a context, as one row.
    ///
    /// - Returns: What is wrong with it; `nil` when nothing is.
    func appendRow(of other: V1Column, byteLimit: Int) -> String? {
        guard nesting.adopt(other.nesting) else {
            return "expected values of shape \(nesting.extents), found \(other.nesting.extents) in 'context'"
        }
        guard builder.count + other.builder.count <= byteLimit else {
            return "expected at most \(byteLimit) bytes"
        }
        other.builder.withUnsafeBytes { builder.append($0) }
        rows += 1
        return nil
    }

    /// The tensor of what was read.
    ///
    /// - Parameter rows: What the first extent is when the values came row by row; `nil` when they came as a whole.
    /// - Throws: `.invalidArgument` when the shape is none that the input takes.
    func finish(rows: Int?) throws(InferError) -> Tensor {
        let found = (rows.map { [$0] } ?? []) + nesting.extents
        guard let dimensions = V1Shape.fit(found, to: input.shape) else {
            throw .unexpectedShape(input: input.name, expected: input.shape, received: Shape(found))
        }
        let bytes = builder.finish()
        let shape = Shape(dimensions)
        switch input.dataType {
        case .fp16, .bf16:
            guard let halves = HalfFloats.narrow(bytes, to: input.dataType) else {
                let largest = input.dataType == .fp16 ? "65504" : "3.3895314e38"
                throw InferError(
                    .invalidArgument,
                    "input '\(input.name)': expected numbers within ±\(largest), which \(input.dataType) holds, found a larger one"
                )
            }
            return Tensor(dataType: input.dataType, shape: shape, bytes: halves)
        default: return Tensor(dataType: input.dataType, shape: shape, bytes: bytes)
        }
    }
}
