import DunlinInference
import DunlinTensor

/// The input of most ai.onnx.ml operators: rows of numbers, `[rows, columns]`, or `[columns]` for one row.
struct RowMatrix {
    static let dataTypes: [DataType] = [.fp32, .fp64, .int64, .int32]

    let base: UnsafeRawPointer
    let dataType: DataType
    let rows: Int
    let columns: Int

    /// An address for matrices without elements; nothing is read from it.
    private static var nowhere: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 64)! }

    init(_ bytes: UnsafeRawBufferPointer, _ dataType: DataType, rows: Int, columns: Int) {
        precondition(bytes.count == rows * columns * (dataType.byteCount ?? 0), "matrix of another size")
        base = bytes.baseAddress ?? Self.nowhere
        self.dataType = dataType
        self.rows = rows
        self.columns = columns
    }

    /// Rows and columns as far as a fact tells them, -1 elsewhere.
    ///
    /// - Throws: When the type is none of `dataTypes`, or the rank neither 1 nor 2.
    static func extents(_ inputs: InputFacts, _ index: Int = 0) throws(InferError) -> (rows: Int, columns: Int) {
        try inputs.require(index, isOneOf: dataTypes)
        try inputs.require(index, rank: 1...2)
        guard let extents = inputs[index].extents else { return (-1, -1) }
        return extents.count == 1 ? (1, extents[0]) : (extents[0], extents[1])
    }

    /// Bytes that `floats` and `doubles` need for elements of another type.
    static func scratchByteCount(_ dataType: DataType, as wanted: DataType, rows: Int, columns: Int) -> Int {
        dataType == wanted ? 0 : (rows * columns * (wanted.byteCount ?? 0) + 63) / 64 * 64
    }

    /// The elements as FP32: themselves, or converted into `scratch`.
    func floats(_ scratch: UnsafeMutableRawPointer?) -> UnsafePointer<Float> { elements(scratch) }

    /// The elements as FP64: themselves, or converted into `scratch`.
    func doubles(_ scratch: UnsafeMutableRawPointer?) -> UnsafePointer<Double> { elements(scratch) }

    func elements<Scalar: TreeScalar & TensorElement>(_ scratch: UnsafeMutableRawPointer?) -> UnsafePointer<Scalar> {
        if dataType == Scalar.dataType { return base.assumingMemoryBound(to: Scalar.self) }
        let count = rows * columns
        guard count > 0 else { return Self.nowhere.assumingMemoryBound(to: Scalar.self) }
        let target = scratch!.assumingMemoryBound(to: Scalar.self)
        switch dataType {
        case .fp32: convert(Float.self, count) { target[$0] = Scalar($1) }
        case .fp64: convert(Double.self, count) { target[$0] = Scalar($1) }
        case .int64: convert(Int64.self, count) { target[$0] = Scalar($1) }
        case .int32: convert(Int32.self, count) { target[$0] = Scalar($1) }
        default: preconditionFailure("a matrix of \(dataType)")
        }
        return UnsafePointer(target)
    }

    @inline(__always)
    private func convert<Element>(_ type: Element.Type, _ count: Int, _ put: (Int, Element) -> Void) {
        let source = base.assumingMemoryBound(to: Element.self)
        for index in 0..<count { put(index, source[index]) }
    }
}
