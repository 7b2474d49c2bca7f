import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `StringSplit`: each element's parts along a new last axis, filled up with empty texts, and how many they are.
///
/// Without a delimiter, parts are what stands between runs of white space.
struct StringSplit: EagerOperator {
    private let delimiter: [UInt8]
    private let mostSplits: Int

    init(_ node: Node) throws(InferError) {
        delimiter = Array(try node.string("delimiter", default: "").utf8)
        let most = try node.int("maxsplit") ?? .max
        mostSplits = most < 0 ? .max : most
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes])
        return [
            TensorFact(.bytes, inputs[0].extents.map { $0 + [-1] }), TensorFact(.int64, inputs[0].extents),
        ]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { preconditionFailure("StringSplit without input") }
        var parts: [[Bytes]] = []
        for element in input.bytesElements {
            parts.append(delimiter.isEmpty ? splitAtSpace(element) : splitAtDelimiter(element))
        }
        let columns = parts.reduce(0) { max($0, $1.count) }
        let (cells, overflow) = columns.multipliedReportingOverflow(by: parts.count)
        try TextLimits.check(overflow ? .max : cells)
        try TextLimits.check(cells * 4 + input.bytes.count)
        var builder = BytesBuilder(capacity: cells * 4 + input.bytes.count)
        for row in parts {
            for part in row {
                builder.append(littleEndian: UInt32(part.count))
                builder.append(part)
            }
            for _ in row.count..<columns { builder.append(littleEndian: UInt32(0)) }
        }
        return [
            Tensor(
                dataType: .bytes, shape: Shape(input.shape.dimensions + [columns]), bytes: builder.finish()),
            Tensor(parts.map { Int64($0.count) }, shape: input.shape),
        ]
    }

    private func splitAtDelimiter(_ text: Bytes) -> [Bytes] {
        var parts: [Bytes] = []
        var start = 0
        text.withUnsafeBytes { bytes in
            var index = 0
            while parts.count < mostSplits, index + delimiter.count <= bytes.count {
                if bytes[index..<index + delimiter.count].elementsEqual(delimiter) {
                    parts.append(text[start..<index])
                    index += delimiter.count
                    start = index
                } else {
                    index += 1
                }
            }
        }
        parts.append(text[start..<text.count])
        return parts
    }

    private func splitAtSpace(_ text: Bytes) -> [Bytes] {
        var parts: [Bytes] = []
        text.withUnsafeBytes { bytes in
            var index = 0
            while true {
                while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
                guard index < bytes.count else { return }
                if parts.count == mostSplits {
                    parts.append(text[index..<bytes.count])
                    return
                }
                let start = index
                while index < bytes.count, !Self.isSpace(bytes[index]) { index += 1 }
                parts.append(text[start..<index])
            }
        }
        return parts
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
