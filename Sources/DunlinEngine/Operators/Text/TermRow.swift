import Glibc

/// Counts by column for one row at a time, and which columns have any. Freed with the value.
///
/// Counting touches two words for each n-gram; `take` finds the columns in ascending order without sorting.
struct TermRow: ~Copyable {
    /// `[columnCount]`: zero between rows.
    private let counts: UnsafeMutablePointer<Float>
    /// A bit for each column that has a count.
    private let marks: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    private let features: UnsafeMutablePointer<Int32>
    private let values: UnsafeMutablePointer<Float>

    /// - Returns: `nil` when there is no memory.
    init?(columnCount: Int) {
        wordCount = (columnCount + 63) / 64
        // Marks, counts, columns, values; calloc's pages are not touched before they are used.
        guard let memory = calloc(wordCount, 8 + 3 * 64 * 4) else { return nil }
        marks = memory.bindMemory(to: UInt64.self, capacity: wordCount)
        counts = (memory + wordCount * 8).bindMemory(to: Float.self, capacity: wordCount * 64)
        features = (memory + wordCount * (8 + 256)).bindMemory(to: Int32.self, capacity: wordCount * 64)
        values = (memory + wordCount * (8 + 512)).bindMemory(to: Float.self, capacity: wordCount * 64)
    }

    deinit { free(marks) }

    /// - Precondition: `column` is in `0..<columnCount`; not checked.
    @inline(__always)
    borrowing func count(_ column: Int) {
        counts[column] += 1
        marks[column &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: column & 63)
    }

    /// The columns that were counted, each with its value, until the next call; counting begins anew.
    @inline(__always)
    borrowing func take(_ value: (_ column: Int, _ count: Float) -> Float) -> SparseRow {
        var count = 0
        for word in 0..<wordCount where marks[word] != 0 {
            var bits = marks[word]
            marks[word] = 0
            while bits != 0 {
                let column = word &* 64 &+ bits.trailingZeroBitCount
                features[count] = Int32(truncatingIfNeeded: column)
                values[count] = value(column, counts[column])
                counts[column] = 0
                count &+= 1
                bits &= bits &- 1
            }
        }
        return SparseRow(features: features, values: values, count: count)
    }
}
