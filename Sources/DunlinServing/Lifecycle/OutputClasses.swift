import DunlinBytes
import DunlinInference
import DunlinTensor

/// The outputs of a request that are answered as their largest elements (Triton's classification extension).
///
/// Such an output becomes BYTES `[count]`, or `[rows, count]` where the model has a batch dimension: for each of the
/// largest elements, the first the largest, `value:index`, or `value:index:label` where the output has labels. Of equal
/// elements the one with the lower index comes first; NaN is smaller than every number.
struct OutputClasses: Sendable, Equatable {
    /// What one output is to become.
    struct Wanted: Sendable, Equatable {
        var output: String
        var count: Int
    }

    let wanted: [Wanted]

    /// The most classes that may be asked for.
    static let maxCount = 1_000_000
    static let parameter = "classification"

    /// - Returns: `nil` where the request asks for none.
    /// - Throws: `.invalidArgument` for a count out of range, an output without numbers or in shared memory.
    init?(_ request: InferRequest, _ signature: ModelSignature) throws(InferError) {
        guard request.outputs.contains(where: { !$0.parameters.isEmpty }) else { return nil }
        var wanted: [Wanted] = []
        for output in request.outputs {
            guard let value = output.parameters[Self.parameter] else { continue }
            func failure(_ message: String) -> InferError {
                InferError(.invalidArgument, "output '\(output.name)': \(message)")
            }
            guard case .int(let count) = value, (1...Int64(Self.maxCount)).contains(count) else {
                throw failure(
                    "parameter 'classification': expected a whole number in 1...\(Self.maxCount), received "
                        + Self.text(value))
            }
            guard output.parameters["shared_memory_region"] == nil else {
                throw failure("'classification' and 'shared_memory_region' do not go together")
            }
            if !signature.isVariadic, let tensor = signature.outputs.first(where: { $0.name == output.name }) {
                if let objection = Self.objection(to: tensor.dataType) { throw failure(objection) }
            }
            wanted.append(Wanted(output: output.name, count: Int(count)))
        }
        guard !wanted.isEmpty else { return nil }
        self.wanted = wanted
    }

    /// - Parameters:
    ///   - outputs: Those that are answered.
    ///   - signature: The model's, for labels and for which outputs have rows.
    ///   - isBatched: Whether the first dimension of every input counts rows.
    /// - Throws: `.invalidArgument` for an output without numbers.
    func apply(
        to outputs: [NamedTensor], of signature: ModelSignature, isBatched: Bool
    ) throws(InferError) -> [NamedTensor] {
        var answered = outputs
        for index in answered.indices {
            let name = answered[index].name
            guard let count = wanted.first(where: { $0.output == name })?.count else { continue }
            if let objection = Self.objection(to: answered[index].tensor.dataType) {
                throw InferError(.invalidArgument, "output '\(name)': \(objection)")
            }
            let described = signature.outputs.first { $0.name == name }
            answered[index].tensor = Self.classes(
                answered[index].tensor, count, hasRows: isBatched && described?.shape.first == -1,
                labels: described?.labels ?? [])
        }
        return answered
    }

    private static func objection(to type: DataType) -> String? {
        guard type == .bytes || type == .bool else { return nil }
        return "'classification' needs numbers, the output is \(type)"
    }

    private static func text(_ value: Parameter) -> String {
        switch value {
        case .bool(let flag): String(flag)
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): "'\(text.prefix(64))'"
        }
    }

    private static func classes(_ tensor: Tensor, _ count: Int, hasRows: Bool, labels: [String]) -> Tensor {
        if tensor.dataType == .bf16 {
            let numbers = tensor.elements(as: BFloat16.self).map(\.float)
            return classes(Tensor(numbers, shape: tensor.shape), count, hasRows: hasRows, labels: labels)
        }
        let extents = tensor.shape.dimensions
        let rows = hasRows ? extents[0] : 1
        let columns = Shape.elementCount(of: Array(extents.dropFirst(hasRows ? 1 : 0))) ?? 0
        let kept = Swift.min(count, columns)
        // However many rows of nothing there are.
        guard rows > 0, kept > 0 else {
            return Tensor(dataType: .bytes, shape: Shape(hasRows ? [rows, kept] : [kept]), bytes: Bytes())
        }
        var builder = BytesBuilder(capacity: rows * kept * 24)
        func append<Element: TensorElement & Comparable>(_ type: Element.Type, _ text: (Element) -> String) {
            tensor.withElements(as: type) { elements in
                for row in 0..<rows {
                    let part = UnsafeBufferPointer(rebasing: elements[row * columns..<(row + 1) * columns])
                    for index in LargestElements.indices(of: part, count: kept) {
                        var entry = "\(text(part[index])):\(index)"
                        if index < labels.count { entry += ":\(labels[index])" }
                        builder.append(littleEndian: UInt32(entry.utf8.count))
                        builder.append(utf8: entry)
                    }
                }
            }
        }
        switch tensor.dataType {
        case .fp64: append(Double.self) { DecimalPlaces.text($0) }
        case .fp32: append(Float.self) { DecimalPlaces.text(Double($0)) }
        case .fp16: append(Float16.self) { DecimalPlaces.text(Double($0)) }
        case .int8: append(Int8.self) { String($0) }
        case .int16: append(Int16.self) { String($0) }
        case .int32: append(Int32.self) { String($0) }
        case .int64: append(Int64.self) { String($0) }
        case .uint8: append(UInt8.self) { String($0) }
        case .uint16: append(UInt16.self) { String($0) }
        case .uint32: append(UInt32.self) { String($0) }
        case .uint64: append(UInt64.self) { String($0) }
        case .bf16, .bool, .bytes: preconditionFailure("\(tensor.dataType) has no classes")
        }
        return Tensor(dataType: .bytes, shape: Shape(hasRows ? [rows, kept] : [kept]), bytes: builder.finish())
    }
}
