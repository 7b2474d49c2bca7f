package import DunlinBytes
package import DunlinInference
import DunlinTensor

extension V1Codec {
    /// Lists that an output without elements may be written as.
    static let mostEmptyLists = 1 << 20

    /// Writes an answer.
    ///
    /// - Throws: `.invalidArgument` when the outputs cannot be told row by row: they have no rows, or not as many;
    /// `.resourceExhausted` when one without elements would be more than `mostEmptyLists` empty lists.
    package static func encode(
        _ response: InferResponse, as answer: Answer, profile: V1Profile
    ) throws(InferError) -> Bytes {
        var outputs: [Output]
        switch answer {
        case .predictions(let places) where !places.isEmpty:
            outputs = places.compactMap { response.outputs.indices.contains($0) ? response.outputs[$0] : nil }
                .map(Output.init)
        default: outputs = response.outputs.map(Output.init)
        }
        for output in outputs where output.extents.contains(0) {
            // Lists in lists cost text also where there is no element in them.
            let lists = Shape.elementCount(of: output.extents.map { max($0, 1) })
            guard let lists, lists <= mostEmptyLists else {
                throw InferError(
                    .resourceExhausted,
                    "output '\(output.name)' has no elements, and its shape \(Shape(output.extents)) more than \(mostEmptyLists) lists"
                )
            }
        }
        var writer = JSONWriter(capacity: outputs.reduce(64) { $0 + 64 + min($1.bytes.count, 1 << 22) * 3 })
        writer.beginObject()
        switch answer {
        case .predictions:
            if outputs.count == 1 {
                let place = response.outputs.firstIndex { $0.name == outputs[0].name } ?? 0
                outputs[0].flatten(place < profile.isFlattened.count && profile.isFlattened[place])
            }
            writer.key("predictions")
            try writeRows(outputs, to: &writer)
        case .rows:
            writer.key("predictions")
            try writeRows(outputs, to: &writer)
        case .tensors:
            writer.key("outputs")
            writeTensors(outputs, to: &writer)
        case .classes:
            writer.key("results")
            try writeClasses(response, profile, to: &writer)
        case .regression:
            writer.key("results")
            try writeRegression(response, profile, to: &writer)
        }
        writer.endObject()
        return writer.finish()
    }

    /// An output in the form it is written from.
    struct Output {
        let name: String
        /// `nil` for strings.
        let type: JSONElementType?
        let bytes: Bytes
        private(set) var extents: [Int]
        /// Strings of outputs with such names are written as base64.
        var isBinary: Bool { name.hasSuffix("_bytes") }

        init(_ output: NamedTensor) {
            name = output.name
            extents = output.tensor.shape.dimensions
            switch output.tensor.dataType {
            case .fp16, .bf16:
                type = .float
                bytes = HalfFloats.widen(output.tensor.bytes, from: output.tensor.dataType)
            case let other:
                type = other.jsonElementType
                bytes = output.tensor.bytes
            }
        }

        /// Drops the second extent of `[rows, 1]`.
        mutating func flatten(_ isWanted: Bool) {
            if isWanted, extents.count == 2, extents[1] == 1 { extents.removeLast() }
        }
    }

    private static func writeTensors(_ outputs: [Output], to writer: inout JSONWriter) {
        if outputs.count == 1 { return write(outputs[0], to: &writer) }
        writer.beginObject()
        for output in outputs {
            writer.key(output.name)
            write(output, to: &writer)
        }
        writer.endObject()
    }

    private static func write(_ output: Output, to writer: inout JSONWriter) {
        output.bytes.withUnsafeBytes { bytes in
            if let type = output.type {
                writer.nested(type, bytes.baseAddress, output.extents[...])
            } else {
                var offset = 0
                writer.nestedStrings(bytes, at: &offset, output.extents[...], asBase64: output.isBinary)
            }
        }
    }

    private static func writeRows(_ outputs: [Output], to writer: inout JSONWriter) throws(InferError) {
        guard let first = outputs.first else {
            throw InferError(.invalidArgument, "the model has no outputs to answer")
        }
        for output in outputs where output.extents.isEmpty {
            throw InferError(
                .invalidArgument,
                "output '\(output.name)' has no rows: its shape is []; ask with 'inputs' and 'signature_name'")
        }
        if outputs.count == 1 { return write(first, to: &writer) }
        let rows = first.extents[0]
        for output in outputs where output.extents[0] != rows {
            throw InferError(
                .invalidArgument,
                "output '\(output.name)' has inconsistent batch size \(output.extents[0]), output '\(first.name)' has "
                    + "\(rows); ask with 'inputs' and 'signature_name'")
        }
        var offsets = [Int](repeating: 0, count: outputs.count)
        writer.beginArray()
        for row in 0..<rows {
            writer.beginObject()
            for (index, output) in outputs.enumerated() {
                writer.key(output.name)
                let inner = output.extents.dropFirst()
                output.bytes.withUnsafeBytes { bytes in
                    if let type = output.type {
                        let step = inner.reduce(type.byteCount, *)
                        writer.nested(type, bytes.baseAddress.map { $0 + row * step }, inner)
                    } else {
                        writer.nestedStrings(bytes, at: &offsets[index], inner, asBase64: output.isBinary)
                    }
                }
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
