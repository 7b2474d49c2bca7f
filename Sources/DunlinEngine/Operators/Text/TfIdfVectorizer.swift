import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `TfIdfVectorizer`: how often each n-gram of a pool stands in each row, weighted or not.
struct TfIdfVectorizer: Operator {
    /// The most columns of the output.
    static let mostColumns = 1 << 26
    /// The most tokens an n-gram may have, and the most that may be skipped between two.
    static let mostTokens = 1 << 16

    private enum Mode: String, Sendable {
        case count = "TF", presence = "IDF", weightedCount = "TFIDF"
    }

    private let mode: Mode
    private let lengths: ClosedRange<Int>
    private let mostSkipped: Int
    let columnCount: Int
    /// For each column; empty for none.
    private let weights: [Float]
    private let isText: Bool
    /// Tokens are numbered by their first place in the pool.
    private let text: ByteStringTable
    private let integers: [Int64: Int32]
    private let ngrams: NgramTable

    init(_ node: Node) throws(InferError) {
        let name = try node.string("mode", default: "")
        guard let mode = Mode(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute 'mode' is '\(name)'; expected TF, IDF or TFIDF")
        }
        self.mode = mode
        let least = try node.int("min_gram_length", default: 0)
        let most = try node.int("max_gram_length", default: 0)
        mostSkipped = try node.int("max_skip_count", default: 0)
        guard least > 0, most >= least, most <= Self.mostTokens, (0...Self.mostTokens).contains(mostSkipped) else {
            throw InferError(
                .invalidArgument,
                "n-grams of \(least) to \(most) tokens with up to \(mostSkipped) skipped; supported: 1...\(Self.mostTokens)"
            )
        }
        lengths = least...most
        let starts = try node.ints("ngram_counts") ?? []
        let columns = try node.ints("ngram_indexes") ?? []
        guard most <= starts.count else {
            throw InferError(.invalidArgument, "'ngram_counts' has \(starts.count) elements for \(most)-grams")
        }
        guard let highest = columns.max(), columns.allSatisfy({ $0 >= 0 }), highest < Self.mostColumns else {
            throw InferError(.invalidArgument, "'ngram_indexes' must hold numbers in 0..<\(Self.mostColumns)")
        }
        columnCount = highest + 1
        let strings = try node.strings("pool_strings") ?? []
        let numbers = try node.ints("pool_int64s") ?? []
        guard strings.isEmpty != numbers.isEmpty else {
            throw InferError(.invalidArgument, "one of 'pool_strings' and 'pool_int64s' must hold tokens")
        }
        isText = numbers.isEmpty

        var text = ByteStringTable(capacity: strings.count)
        var integers: [Int64: Int32] = [:]
        var tokens = strings.map { Int32(text.insert(Bytes($0)).number) }
        for number in numbers {
            let next = Int32(integers.count)
            tokens.append(integers[Int64(number)] ?? next)
            if integers[Int64(number)] == nil { integers[Int64(number)] = next }
        }
        (self.text, self.integers) = (text, integers)
        ngrams = try Self.ngrams(tokens, starts: starts, columns: columns, lengths: lengths)

        let given = try node.floats("weights") ?? []
        guard given.isEmpty || given.count == columns.count else {
            throw TreeList.length("weights", given.count, columns.count)
        }
        weights = Self.weights(given, columns, columnCount)
    }

    /// The pool's n-grams: `starts[n - 1]` is where the n-grams begin.
    private static func ngrams(
        _ tokens: [Int32], starts: [Int], columns: [Int], lengths: ClosedRange<Int>
    ) throws(InferError) -> NgramTable {
        var table = NgramTable()
        var number = 0
        for (index, start) in starts.enumerated() {
            let length = index + 1
            let end = index + 1 < starts.count ? starts[index + 1] : tokens.count
            guard start >= 0, start <= end, end <= tokens.count, (end - start) % length == 0 else {
                throw InferError(
                    .invalidArgument, "'ngram_counts' puts the \(length)-grams at \(start)..<\(end) of \(tokens.count)")
            }
            for first in stride(from: start, to: end, by: length) {
                guard number < columns.count else {
                    throw InferError(.invalidArgument, "the pool has more n-grams than 'ngram_indexes' elements")
                }
                if lengths.contains(length),
                    !table.insert(Array(tokens[first..<first + length]), column: Int32(columns[number]))
                {
                    throw InferError(.invalidArgument, "the pool has n-gram \(number) twice")
                }
                number += 1
            }
        }
        return table
    }

    /// The weights are given n-gram by n-gram; here they stand by column.
    private static func weights(_ given: [Float], _ columns: [Int], _ count: Int) -> [Float] {
        if given.isEmpty { return [] }
        var weights = [Float](repeating: 0, count: count)
        for (number, column) in columns.enumerated() { weights[column] = given[number] }
        return weights
    }

    var memoryByteCount: Int { text.memoryByteCount + ngrams.memoryByteCount + weights.count * 4 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: isText ? [.bytes] : [.int64, .int32])
        try inputs.require(0, rank: 0...2)
        guard let extents = inputs[0].extents else { return [TensorFact(.fp32, nil)] }
        return [TensorFact(.fp32, extents.count == 2 ? [extents[0], columnCount] : [columnCount])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let shape = inputs[0].shape
        let width = shape.dimensions.last ?? 1
        let rows = shape.rank == 2 ? shape[0] : 1
        let dataType = inputs[0].dataType
        return Kernel(scratchByteCount: rows * width * 4) { buffers in
            let output = buffers.output(0, as: Float.self)
            output.update(repeating: 0)
            guard rows * width > 0 else { return }
            let tokens = buffers.scratch.baseAddress!.assumingMemoryBound(to: Int32.self)
            number(
                buffers.bytes(ofInput: 0), dataType, UnsafeMutableBufferPointer(start: tokens, count: rows * width))
            for row in 0..<rows {
                let counts = output.baseAddress! + row * columnCount
                forEachNgram(tokens + row * width, width) { counts[$0] += 1 }
                weigh(counts)
            }
        }
    }

    /// The tokens' numbers, -1 for those that the pool does not have.
    func number(
        _ elements: UnsafeRawBufferPointer, _ dataType: DataType, _ tokens: UnsafeMutableBufferPointer<Int32>
    ) {
        switch dataType {
        case .bytes:
            tokens.update(repeating: -1)
            var index = 0
            for token in ByteSlices(elements) where index < tokens.count {
                tokens[index] = text.find(token).map { Int32($0) } ?? -1
                index += 1
            }
        case .int32:
            for (index, token) in elements.assumingMemoryBound(to: Int32.self).enumerated() {
                tokens[index] = integers[Int64(token)] ?? -1
            }
        default:
            for (index, token) in elements.assumingMemoryBound(to: Int64.self).enumerated() {
                tokens[index] = integers[token] ?? -1
            }
        }
    }

    /// Gives `body` the column of each n-gram of the pool that stands in a row, once for each place.
    @inline(__always)
    func forEachNgram(_ tokens: UnsafePointer<Int32>, _ width: Int, _ body: (Int) -> Void) {
        for distance in 1...mostSkipped + 1 {
            // Single tokens have nothing to skip: they count once.
            let least = distance == 1 ? lengths.lowerBound : max(lengths.lowerBound, 2)
            for first in 0..<width {
                if first + distance * (least - 1) >= width { break }
                var node: Int32 = 0
                var place = first
                var length = 1
                while length <= lengths.upperBound, place < width, tokens[place] >= 0,
                    let child = ngrams.child(of: node, tokens[place])
                {
                    node = child
                    let column = ngrams.column(of: node)
                    if length >= least, column >= 0 { body(Int(column)) }
                    place += distance
                    length += 1
                }
            }
        }
    }

    /// What a column has whose n-gram was counted.
    @inline(__always)
    func weighted(_ count: Float, column: Int) -> Float {
        switch mode {
        case .count: count
        case .presence: weights.isEmpty ? 1 : weights[column]
        case .weightedCount: weights.isEmpty ? count : count * weights[column]
        }
    }

    /// Whether columns whose n-gram was not counted are zero: not with weights that are no numbers.
    var isSparse: Bool { mode != .weightedCount || weights.allSatisfy(\.isFinite) }

    private func weigh(_ counts: UnsafeMutablePointer<Float>) {
        switch mode {
        case .count: break
        case .presence:
            for column in 0..<columnCount where counts[column] > 0 {
                counts[column] = weights.isEmpty ? 1 : weights[column]
            }
        case .weightedCount:
            if !weights.isEmpty { for column in 0..<columnCount { counts[column] *= weights[column] } }
        }
    }
}
