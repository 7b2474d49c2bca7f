import DunlinBytes
import DunlinInference
import DunlinTensor

/// Finds out by trial whether the rows of a model's first axis have nothing to do with each other.
///
/// A first axis of any extent may count requests, or words of one sentence: the file does not say. Only a model that
/// gives the same rows whether it gets them together or apart may have requests merged that nobody configured for it.
enum RowIndependence {
    /// Rows of the trial's two parts; different, so that a result for one of them cannot pass for the other's.
    private static let parts = [1, 2]
    /// Extents tried for other axes that are open.
    private static let openExtents = [16, 64]
    /// How much rows may differ, in parts of the largest value of the output.
    static let tolerance = 1e-4
    /// Elements of the trial's inputs; models that take more are not tried.
    static let maxElementCount = 1 << 22

    /// Whether all inputs and outputs have an open first axis.
    static func isConceivable(_ signature: ModelSignature) -> Bool {
        !signature.isVariadic && !signature.inputs.isEmpty && !signature.outputs.isEmpty
            && (signature.inputs + signature.outputs).allSatisfy { $0.shape.first == -1 }
    }

    /// Runs the model on made-up rows, apart and together.
    ///
    /// - Returns: Why requests must not be merged; `nil` when they may be.
    static func objection(to instance: any ModelInstance, _ signature: ModelSignature) -> String? {
        guard isConceivable(signature) else { return "an input or output has a fixed first extent" }
        var reason = ""
        for extent in openExtents {
            let total = parts.reduce(0, +)
            guard elementCount(signature, rows: total, extent) <= maxElementCount else {
                return "its inputs are too large to try whether rows depend on each other"
            }
            let together = inputs(signature, rows: total, extent)
            do throws(InferError) {
                return try compare(instance, together, total: total)
            } catch {
                reason = "it does not run on made-up inputs (\(error.message))"
            }
            // Another extent changes nothing where none is open.
            guard signature.inputs.contains(where: { $0.shape.dropFirst().contains(-1) }) else { break }
        }
        return reason
    }

    private static func compare(
        _ instance: any ModelInstance, _ together: [NamedTensor], total: Int
    ) throws(InferError) -> String? {
        let outputs = try instance.execute(together)
        guard let expected = BatchTensors.split(outputs, rows: parts) else {
            return "an output has not as many rows as the inputs"
        }
        var begin = 0
        for (index, rows) in parts.enumerated() {
            let part = BatchTensors.slice(together, rows: begin..<(begin + rows), of: total)
            begin += rows
            let apart = try instance.execute(part)
            guard apart.count == expected[index].count else { return "the number of outputs changes" }
            for (one, other) in zip(apart, expected[index]) where !areAlike(one.tensor, other.tensor) {
                return "output '\(one.name)' has other rows when they are computed together"
            }
        }
        return nil
    }

    /// How much larger the floats of the second part are: a scale that is taken over all rows then shows.
    private static let magnification: Float = 3

    /// Made-up inputs with strings where the model takes them; their rows differ.
    private static func inputs(_ signature: ModelSignature, rows: Int, _ extent: Int) -> [NamedTensor] {
        var made = SyntheticInputs.make(signature, rows: rows, openExtent: extent)
        for (index, input) in signature.inputs.enumerated() where input.dataType == .bytes {
            let shape = Shape(input.shape.enumerated().map { $1 >= 0 ? $1 : $0 == 0 ? rows : extent })
            let strings = (0..<shape.elementCount).map { "text \($0 % 7)" }
            made[index] = NamedTensor(input.name, Tensor(strings: strings, shape: shape))
        }
        for (index, input) in made.enumerated() where input.tensor.dataType == .fp32 {
            var elements = input.tensor.elements(as: Float.self)
            for element in (elements.count / rows * parts[0])..<elements.count { elements[element] *= magnification }
            made[index] = NamedTensor(input.name, Tensor(elements, shape: input.tensor.shape))
        }
        return made
    }

    private static func elementCount(_ signature: ModelSignature, rows: Int, _ extent: Int) -> Int {
        signature.inputs.reduce(0) { sum, input in
            let extents = input.shape.enumerated().map { $1 >= 0 ? $1 : $0 == 0 ? rows : extent }
            let (total, overflows) = sum.addingReportingOverflow(Shape.elementCount(of: extents) ?? .max)
            return overflows ? .max : total
        }
    }

    static func areAlike(_ one: Tensor, _ other: Tensor) -> Bool {
        guard one.dataType == other.dataType, one.shape == other.shape else { return false }
        switch one.dataType {
        case .fp32:
            return areAlike(
                one.elements(as: Float.self).map(Double.init), other.elements(as: Float.self).map(Double.init))
        case .fp64: return areAlike(one.elements(as: Double.self), other.elements(as: Double.self))
        // Half floats differ by rounding and are not worth a conversion here: their bits must agree.
        default: return one.bytes == other.bytes
        }
    }

    private static func areAlike(_ one: [Double], _ other: [Double]) -> Bool {
        let largest = one.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
        return zip(one, other).allSatisfy { left, right in
            left == right || (left.isNaN && right.isNaN) || abs(left - right) <= tolerance * largest
        }
    }
}
