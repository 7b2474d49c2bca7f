import DunlinBytes
import DunlinInference
import DunlinTensor

/// com.microsoft `Tokenizer`: splits each element into tokens along a new last axis, padded to the longest.
///
/// Three ways: every character, the matches of a pattern, or what stands between the matches of separators.
struct Tokenizer: EagerOperator {
    private enum Mode: Sendable {
        case characters
        case tokens(TokenPattern)
        case separators([TokenPattern])
    }

    /// The most bytes that lengths and padding may take: 256 MiB.
    static let mostByteCount = 1 << 28

    private let mode: Mode
    private let padding: Bytes
    /// Whether rows begin with the token U+0002 and end with U+0003.
    private let hasMarks: Bool
    /// Tokens with fewer characters are left out.
    private let leastCharacters: Int

    init(_ node: Node) throws(InferError) {
        guard let padding = try node.string("pad_value") else { throw node.missing("pad_value") }
        self.padding = Bytes(padding)
        hasMarks = try node.bool("mark", default: false)
        leastCharacters = try node.int("mincharnum", default: 1)
        guard leastCharacters >= 1 else {
            throw InferError(.invalidArgument, "attribute 'mincharnum' is \(leastCharacters), expected 1 or more")
        }
        let separators = try node.strings("separators")
        let expression = try node.string("tokenexp")
        if let separators {
            guard !separators.isEmpty else { throw InferError(.invalidArgument, "attribute 'separators' is empty") }
            if separators == [""] {
                mode = .characters
            } else {
                var patterns: [TokenPattern] = []
                for separator in separators { patterns.append(try TokenPattern(separator)) }
                mode = .separators(patterns)
            }
        } else if let expression, !expression.isEmpty {
            mode = expression == "." ? .characters : .tokens(try TokenPattern(expression))
        } else {
            throw node.missing("tokenexp' or 'separators")
        }
        if case .characters = mode, leastCharacters > 1 {
            throw InferError(.invalidArgument, "attribute 'mincharnum' is \(leastCharacters) with single characters")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes])
        try inputs.require(0, rank: 1...2)
        return [TensorFact(.bytes, inputs[0].extents.map { $0 + [-1] })]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { throw InferError(.internal, "input 0 is absent") }
        if case .characters = mode { return [try characters(of: input)] }
        var split = TokenSplitter()
        var failed: Int?
        input.bytes.withUnsafeBytes { bytes in
            for (index, text) in ByteSlices(bytes).enumerated() where failed == nil {
                if !split.append(text, offset: text.baseAddress.map { $0 - bytes.baseAddress! } ?? 0, with: splitText) {
                    failed = index
                }
            }
        }
        if let failed { throw InferError(.invalidArgument, "element \(failed) is not valid UTF-8") }
        return [try tensor(of: split, input)]
    }

    private func splitText(_ text: inout TokenSplitter.Text) {
        switch mode {
        case .characters: preconditionFailure("characters are split without a splitter")
        case .tokens(let pattern): text.appendMatches(of: pattern, least: leastCharacters)
        case .separators(let patterns): text.appendParts(between: patterns, least: leastCharacters)
        }
    }

    private func tensor(of split: TokenSplitter, _ input: Tensor) throws(InferError) -> Tensor {
        var width = split.rows.map(\.count).max() ?? 0
        guard width > 0 else {
            return Tensor(dataType: .bytes, shape: Shape(input.shape.dimensions + [0]), bytes: Bytes())
        }
        if hasMarks { width += 2 }
        let byteCount = try checkedByteCount(rows: split.rows.count, width: width)
        var builder = BytesBuilder(capacity: input.bytes.count + byteCount)
        input.bytes.withUnsafeBytes { bytes in
            for row in split.rows {
                if hasMarks { Self.append(Bytes([2]), to: &builder) }
                for token in split.tokens[row] {
                    builder.append(littleEndian: UInt32(token.count))
                    builder.append(UnsafeRawBufferPointer(rebasing: bytes[token]))
                }
                if hasMarks { Self.append(Bytes([3]), to: &builder) }
                for _ in 0..<width - row.count - (hasMarks ? 2 : 0) { Self.append(padding, to: &builder) }
            }
        }
        return Tensor(dataType: .bytes, shape: Shape(input.shape.dimensions + [width]), bytes: builder.finish())
    }

    /// Bytes that lengths and padding may take. Every row is as long as the longest: a few bytes could ask for very
    /// many.
    private func checkedByteCount(rows: Int, width: Int) throws(InferError) -> Int {
        guard let byteCount = Shape.elementCount(of: [rows, width, 4 + padding.count]),
            byteCount <= Self.mostByteCount
        else {
            throw InferError(
                .resourceExhausted, "\(rows) rows of \(width) tokens need more than \(Self.mostByteCount) bytes")
        }
        return byteCount
    }

    /// Every character a token: counted once, then written.
    private func characters(of input: Tensor) throws(InferError) -> Tensor {
        var counts: [Int] = []
        counts.reserveCapacity(input.elementCount)
        var failed = false
        input.bytes.withUnsafeBytes { bytes in
            for text in ByteSlices(bytes) {
                guard let count = UTF8Scan.count(text) else {
                    failed = true
                    break
                }
                counts.append(count)
            }
        }
        if failed { throw InferError(.invalidArgument, "element \(counts.count) is not valid UTF-8") }
        var width = counts.max() ?? 0
        guard width > 0 else {
            return Tensor(dataType: .bytes, shape: Shape(input.shape.dimensions + [0]), bytes: Bytes())
        }
        if hasMarks { width += 2 }
        var builder = BytesBuilder(
            capacity: input.bytes.count + (try checkedByteCount(rows: counts.count, width: width)))
        input.bytes.withUnsafeBytes { bytes in
            for (text, count) in zip(ByteSlices(bytes), counts) {
                if hasMarks { Self.append(Bytes([2]), to: &builder) }
                builder.withSpace(text.count + 4 * count) { Self.write(text, to: $0) }
                if hasMarks { Self.append(Bytes([3]), to: &builder) }
                for _ in 0..<width - count - (hasMarks ? 2 : 0) { Self.append(padding, to: &builder) }
            }
        }
        return Tensor(dataType: .bytes, shape: Shape(input.shape.dimensions + [width]), bytes: builder.finish())
    }

    /// Each character of a valid text with its length before it.
    ///
    /// - Returns: How many bytes were written.
    private static func write(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> Int {
        var (index, written) = (0, 0)
        while index < text.count {
            let start = index
            _ = UTF8Scan.next(text, &index)
            target.storeBytes(of: UInt32(index - start).littleEndian, toByteOffset: written, as: UInt32.self)
            written &+= 4
            for byte in start..<index {
                target.storeBytes(of: text[byte], toByteOffset: written, as: UInt8.self)
                written &+= 1
            }
        }
        return written
    }

    private static func append(_ bytes: Bytes, to builder: inout BytesBuilder) {
        builder.append(littleEndian: UInt32(bytes.count))
        builder.append(bytes)
    }
}
