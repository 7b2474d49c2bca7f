/// Scaled dot-product attention of many heads, for one set of shapes.
///
///     output = softmax(cap(scale · Q·Kᵀ) + mask) · V        cap(x) = softcap · tanh(x / softcap), or x
///
/// The score matrix is never held whole: scores of a panel of queries and a block of keys are weighed and used while
/// they are in the cache. Sums are FP32; a query's result does not depend on the queries beside it.
///
/// - SeeAlso: [ONNX Attention](https://onnx.ai/onnx/operators/onnx__Attention.html); Milakov and Gimelshein, "Online
///   normalizer calculation for softmax" (2018).
package struct AttentionHeads: Sendable {
    /// Where the elements of one tensor lie: strides in elements, 0 where an axis is repeated.
    package struct Layout: Sendable, Equatable {
        package var batch: Int
        package var head: Int
        package var row: Int
        package var column: Int

        package init(batch: Int, head: Int, row: Int, column: Int) {
            self.batch = batch
            self.head = head
            self.row = row
            self.column = column
        }

        /// The elements from the first to the last one, both included.
        fileprivate func span(_ batches: Int, _ heads: Int, _ rows: Int, _ columns: Int) -> Int {
            (batches - 1) * batch + (heads - 1) * head + (rows - 1) * row + (columns - 1) * column + 1
        }
    }

    /// Changes scores before they are weighed.
    package struct Mask: Sendable {
        /// What the elements do.
        package enum Mode: Int, Sendable {
            case none, added
            /// Where an element is not 0, it takes the score's place.
            case replacing
        }

        /// Rows are queries, columns are keys.
        package var layout: Layout
        package var mode: Mode

        package init(_ mode: Mode = .none, layout: Layout = Layout(batch: 0, head: 0, row: 0, column: 0)) {
            self.mode = mode
            self.layout = layout
        }
    }

    /// Which queries give zeros instead of what the formula gives.
    package enum Guard: Int, Sendable {
        case none
        /// Those whose weights are not numbers, for whatever reason.
        case notNumbers
        /// Those all of whose keys are behind the causal limit or have -∞ in a mask, whatever their scores are. Scores
        /// that are not numbers otherwise give NaN.
        case masked
    }

    package let batch: Int
    /// Heads of Q; `keyHeads` divides it, and neighbours share a head of K and V.
    package let heads: Int
    package let keyHeads: Int
    package let queries: Int
    package let keys: Int
    /// Columns of Q and K, and of V.
    package let depth: Int
    package let valueDepth: Int
    package var scale: Float = 1
    /// 0: scores are not capped.
    package var softcap: Float = 0
    package var query = Layout(batch: 0, head: 0, row: 0, column: 1)
    package var key = Layout(batch: 0, head: 0, row: 0, column: 1)
    package var value = Layout(batch: 0, head: 0, row: 0, column: 1)
    package var output = Layout(batch: 0, head: 0, row: 0, column: 1)
    package var mask = Mask()
    /// Applied after `mask`.
    package var secondMask = Mask()
    /// The last key that query 0 looks at, and each further query one key more; `nil`: all look at all.
    package var causalOffset: Int?
    /// A query all of whose keys are masked gives NaN without one.
    package var zeroing = Guard.none
    private let kernels: KernelTable

    /// - Precondition: Counts are not negative, and `keyHeads` divides `heads`.
    package init(
        batch: Int, heads: Int, keyHeads: Int, queries: Int, keys: Int, depth: Int, valueDepth: Int,
        kernels: KernelTable = .current
    ) {
        precondition(
            batch >= 0 && heads >= 0 && queries >= 0 && keys >= 0 && depth >= 0 && valueDepth >= 0,
            "AttentionHeads: a count is negative")
        precondition(
            heads == 0 || (keyHeads > 0 && heads % keyHeads == 0),
            "AttentionHeads: \(keyHeads) heads of keys for \(heads) heads of queries")
        self.batch = batch
        self.heads = heads
        self.keyHeads = keyHeads
        self.queries = queries
        self.keys = keys
        self.depth = depth
        self.valueDepth = valueDepth
        self.kernels = kernels
    }

    /// Calls `body` with the numbers that the kernels take; on the stack, so that a run allocates nothing.
    private func withGeometry(_ body: (UnsafePointer<Int>) -> Void) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.geometryCount) { memory in
            var count = 0
            func append(_ number: Int) {
                memory.initializeElement(at: count, to: number)
                count += 1
            }
            append(queries)
            append(keys)
            append(depth)
            append(valueDepth)
            append(query.row)
            append(query.column)
            append(key.row)
            append(key.column)
            append(value.row)
            append(value.column)
            append(output.row)
            append(output.column)
            append(mask.layout.row)
            append(mask.layout.column)
            append(mask.mode.rawValue)
            append(secondMask.layout.row)
            append(secondMask.layout.column)
            append(secondMask.mode.rawValue)
            append(causalOffset == nil ? 0 : 1)
            append(causalOffset ?? 0)
            append(zeroing.rawValue)
            body(memory.baseAddress!)
        }
    }

    private static let geometryCount = 21

    /// Multiply-adds of both products, or a number that is large enough where they are more.
    package var multiplyAdds: Int {
        Int(min(Double(batch * heads) * Double(queries) * Double(keys) * Double(depth + valueDepth), 0x1p62))
    }

    /// Computes all heads.
    ///
    /// - Parameters:
    ///   - q: FP32, elements as `query` says: `[batch, heads, queries, depth]`.
    ///   - k: FP32, as `key` says: `[batch, keyHeads, keys, depth]`.
    ///   - v: FP32, as `value` says: `[batch, keyHeads, keys, valueDepth]`.
    ///   - maskElements: FP32, as `mask` says; not read when its mode is `.none`.
    ///   - secondMaskElements: The same for `secondMask`.
    ///   - threads: Who may share the work, by heads; the result does not depend on it.
    ///   - result: FP32, as `output` says: `[batch, heads, queries, valueDepth]`. Overlaps nothing else.
    /// - Precondition: The buffers hold what the layouts say. Programmer error: traps, never throws.
    package func run(
        q: UnsafeBufferPointer<Float>, k: UnsafeBufferPointer<Float>, v: UnsafeBufferPointer<Float>,
        mask maskElements: UnsafeBufferPointer<Float>,
        secondMask secondMaskElements: UnsafeBufferPointer<Float> = .init(start: nil, count: 0),
        threads: Threads = .one,
        into result: UnsafeMutableBufferPointer<Float>
    ) {
        guard batch > 0, heads > 0, queries > 0, valueDepth > 0, let target = result.baseAddress else { return }
        check("q", q.count, query, heads, queries, depth)
        check("k", k.count, key, keyHeads, keys, depth)
        check("v", v.count, value, keyHeads, keys, valueDepth)
        check("output", result.count, output, heads, queries, valueDepth)
        if mask.mode != .none { check("mask", maskElements.count, mask.layout, heads, queries, keys) }
        if secondMask.mode != .none {
            check("second mask", secondMaskElements.count, secondMask.layout, heads, queries, keys)
        }
        // Pointers that are never followed stand in for no elements.
        let (q, k, v) = (q.baseAddress ?? .init(target), k.baseAddress ?? .init(target), v.baseAddress ?? .init(target))
        let parts = batch * keyHeads
        threads.split(parts, unit: 1, work: multiplyAdds) { range in
            withGeometry { geometry in
                let packedCount = (kernels.attentionScratch(geometry, 0) + 15) / 16 * 16
                withThreadScratch(of: Float.self, count: packedCount + kernels.attentionScratch(geometry, 1)) {
                    packed in
                    for part in range {
                        let (b, keyHead) = (part / keyHeads, part % keyHeads)
                        kernels.attentionPack(
                            geometry, k + (b * key.batch + keyHead * key.head),
                            v + (b * value.batch + keyHead * value.head), packed)
                        for h in keyHead * heads / keyHeads..<(keyHead + 1) * heads / keyHeads {
                            kernels.attention(
                                geometry, q + (b * query.batch + h * query.head), packed,
                                mask.elements(maskElements, b, h), secondMask.elements(secondMaskElements, b, h),
                                scale, softcap, target + (b * output.batch + h * output.head), packed + packedCount)
                        }
                    }
                }
            }
        }
    }

    /// Traps unless a buffer of `count` elements holds all that the layout reaches.
    private func check(_ name: StaticString, _ count: Int, _ layout: Layout, _ heads: Int, _ rows: Int, _ columns: Int)
    {
        guard rows > 0 && columns > 0 else { return }
        precondition(
            layout.batch >= 0 && layout.head >= 0 && layout.row >= 0 && layout.column >= 0
                && layout.span(batch, heads, rows, columns) <= count,
            "AttentionHeads: \(name) has \(count) elements for \(layout)")
    }
}

extension AttentionHeads.Mask {
    /// Where a head's elements begin.
    fileprivate func elements(_ all: UnsafeBufferPointer<Float>, _ batch: Int, _ head: Int) -> UnsafePointer<Float>? {
        mode == .none ? nil : all.baseAddress.map { $0 + (batch * layout.batch + head * layout.head) }
    }
}
