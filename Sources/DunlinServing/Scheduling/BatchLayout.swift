import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

/// How the inputs of one or several requests lie in a model's inputs, where they are not just rows of equal extents: ragged
/// batches (`allow_ragged_batch`, `batch_input`, `batch_output`) and padded ones (`pad_inputs`, `cut_outputs`).
///
/// Ragged: the elements of all requests one behind the other, in one dimension, also those of a lone request. Padded: rows
/// as long as the longest, the rest filled with a value the model ignores.
struct BatchLayout: Sendable, Equatable {
    /// Where one of the model's inputs comes from, by the client's inputs.
    enum Source: Sendable, Equatable {
        case rows(Int)
        case flat(Int)
        /// - fill: The bytes of one element.
        case padded(Int, fill: [UInt8])
        case derived(ModelConfiguration.BatchInput.Kind, of: Int, DataType)
    }

    /// How one of the model's outputs is divided.
    enum Division: Sendable, Equatable {
        case rows
        /// Elements one behind the other; each request gets these extents, -1 standing for the input's same extent.
        case scattered(like: Int, [Int])
        /// Rows, of which the extents at `axes` are cut to those of an input.
        case cut(like: Int, axes: [Int])
    }

    /// The inputs and outputs that clients see, before the configuration narrows them.
    let signature: ModelSignature
    /// Names of the model's inputs.
    let names: [String]
    var sources: [Source]
    /// By the model's outputs.
    var divisions: [Division]

    /// Requests of which one is longer than this many times another are not padded to one length.
    static let maxPaddingRatio = 2

    /// By client input: how far its extents may differ between the requests of a batch.
    var looseness: [ScheduledRequest.Looseness] {
        var looseness = [ScheduledRequest.Looseness](repeating: .none, count: signature.inputs.count)
        for source in sources {
            switch source {
            case .flat(let input): looseness[input] = .any
            case .padded(let input, _): looseness[input] = .within(Self.maxPaddingRatio)
            case .rows, .derived: break
            }
        }
        return looseness
    }

    // MARK: Inputs

    /// The model's inputs for requests that may go together.
    func gather(_ requests: [[NamedTensor]], _ tensors: inout BatchTensors) -> [NamedTensor] {
        sources.enumerated().map { index, source in
            let tensor: Tensor
            switch source {
            case .rows(let input): tensor = tensors.concatenate(requests.map { $0[input].tensor }, index)
            case .flat(let input):
                tensor = tensors.concatenate(
                    requests.map { $0[input].tensor }.map { $0.reshaped([$0.elementCount]) }, index)
            case .padded(let input, let fill):
                tensor = Self.padded(requests.map { $0[input].tensor }, fill, index, &tensors)
            case .derived(let kind, let input, let type):
                tensor = Self.derived(kind, requests.map { $0[input].tensor.shape }, type)
            }
            return NamedTensor(names[index], tensor)
        }
    }

    private static func padded(
        _ parts: [Tensor], _ fill: [UInt8], _ index: Int, _ tensors: inout BatchTensors
    ) -> Tensor {
        let rest = longest(parts.map(\.shape))
        if parts.allSatisfy({ $0.shape.dimensions.dropFirst().elementsEqual(rest) }) {
            return tensors.concatenate(parts, index)
        }
        let shape = Shape([parts.reduce(0) { $0 + $1.shape[0] }] + rest)
        let size = fill.count
        let bytes = tensors.space(index, shape.elementCount * size)
        if let base = bytes.base {
            var at = UnsafeMutableRawPointer(mutating: base)
            PaddedTensors.fill(at, bytes.count, with: fill)
            for part in parts {
                let large = [part.shape[0]] + rest
                if let from = part.bytes.base {
                    PaddedTensors.copy(
                        small: part.shape.dimensions, at: UnsafeMutableRawPointer(mutating: from), large: large, at: at,
                        elementByteCount: size, isInto: true)
                }
                at += large.reduce(size, *)
            }
        }
        return Tensor(dataType: parts[0].dataType, shape: shape, bytes: bytes)
    }

    /// The largest extents but for the first axis.
    private static func longest(_ shapes: [Shape]) -> [Int] {
        shapes.dropFirst().reduce(Array(shapes[0].dimensions.dropFirst())) { longest, shape in
            zip(longest, shape.dimensions.dropFirst()).map { max($0, $1) }
        }
    }

    private static func derived(
        _ kind: ModelConfiguration.BatchInput.Kind, _ shapes: [Shape], _ type: DataType
    ) -> Tensor {
        let counts = shapes.map(\.elementCount)
        switch kind {
        case .elementCount: return numbers(counts, type)
        case .accumulatedElementCount: return numbers(Array(sums(counts).dropFirst()), type)
        case .accumulatedElementCountWithZero: return numbers(sums(counts), type)
        // Its extent is what tells; the elements are unused.
        case .maxElementCountAsShape: return numbers([Int](repeating: 0, count: counts.max() ?? 0), type)
        case .itemShape, .itemShapeFlatten:
            var extents: [Int] = []
            for shape in shapes { for _ in 0..<shape[0] { extents += shape.dimensions.dropFirst() } }
            let flat = numbers(extents, type)
            guard kind == .itemShape else { return flat }
            return flat.reshaped([shapes.reduce(0) { $0 + $1[0] }, shapes[0].rank - 1])
        }
    }

    private static func sums(_ counts: [Int]) -> [Int] { counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }

    private static func numbers(_ values: [Int], _ type: DataType) -> Tensor {
        switch type {
        case .fp32: Tensor(values.map { Float($0) }, shape: [values.count])
        case .int64: Tensor(values.map { Int64($0) }, shape: [values.count])
        default: Tensor(values.map { Int32(clamping: $0) }, shape: [values.count])
        }
    }

    // MARK: Outputs

    /// Each request's outputs; `nil` when they are not what rows, `batch_output` or `cut_outputs` say.
    func split(_ outputs: [NamedTensor], _ requests: [[NamedTensor]]) -> [[NamedTensor]]? {
        guard outputs.count == divisions.count else { return nil }
        let rows = requests.map { $0[0].tensor.shape[0] }
        var pieces = [[NamedTensor]](repeating: [], count: requests.count)
        for (output, division) in zip(outputs, divisions) {
            let parts: [Tensor]?
            switch division {
            // A lone request gets what there is.
            case .rows where requests.count == 1, .cut where requests.count == 1: parts = [output.tensor]
            case .rows: parts = BatchTensors.split([output], rows: rows)?.map { $0[0].tensor }
            case .scattered(let input, let dims):
                parts = Self.scatter(output.tensor, dims, like: requests.map { $0[input].tensor.shape })
            case .cut(let input, let axes):
                parts = Self.cut(output.tensor, axes, like: requests.map { $0[input].tensor.shape })
            }
            guard let parts else { return nil }
            for (index, part) in parts.enumerated() { pieces[index].append(NamedTensor(output.name, part)) }
        }
        return pieces
    }

    private static func scatter(_ tensor: Tensor, _ dims: [Int], like shapes: [Shape]) -> [Tensor]? {
        let extents = shapes.map { shape in dims.enumerated().map { $1 == -1 ? shape[$0] : $1 } }
        let flat = tensor.reshaped([tensor.elementCount])
        // An input without elements may have any other extents.
        let counts = extents.compactMap { Shape.elementCount(of: $0) }.filter { $0 <= flat.shape[0] }
        guard counts.count == shapes.count, counts.reduce(0, +) == flat.shape[0],
            let parts = BatchTensors.split([NamedTensor("", flat)], rows: counts)
        else { return nil }
        return zip(parts, extents).map { $0[0].tensor.reshaped(Shape($1)) }
    }

    private static func cut(_ tensor: Tensor, _ axes: [Int], like shapes: [Shape]) -> [Tensor]? {
        let given = tensor.shape.dimensions
        let rest = longest(shapes)
        guard let size = tensor.dataType.byteCount, size > 0, given.first == shapes.reduce(0, { $0 + $1[0] }),
            axes.allSatisfy({ $0 < given.count && given[$0] == rest[$0 - 1] })
        else { return nil }
        var row = 0
        return shapes.map { shape in
            var kept = given
            kept[0] = shape[0]
            for axis in axes { kept[axis] = shape[axis] }
            defer { row += shape[0] }
            return PaddedTensors.part(of: tensor, row: row, kept: kept)
        }
    }
}
