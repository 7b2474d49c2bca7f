import DunlinInference
import DunlinTensor

/// The rotation of `GroupQueryAttention`'s new rows by tables of cosines and sines `[positions, half]`.
struct CacheRotation {
    private let cosines, sines: [Float]
    private let half: Int
    private let extent: Int
    private let positions: [Int64]
    private let isInterleaved: Bool

    init(_ inputs: [Tensor?], _ depth: Int, isInterleaved: Bool) throws(InferError) {
        guard let cosines = inputs[7], let sines = inputs[8], cosines.shape == sines.shape, cosines.shape.rank == 2,
            cosines.shape[1] * 2 <= depth
        else {
            throw InferError(.invalidArgument, "the tables of cosines and sines do not fit heads of \(depth) elements")
        }
        (self.cosines, self.sines) = (cosines.elements(as: Float.self), sines.elements(as: Float.self))
        (extent, half) = (cosines.shape[0], cosines.shape[1])
        positions = inputs[9]?.elements(as: Int64.self) ?? []
        self.isInterleaved = isInterleaved
    }

    /// The row of the tables for a new row.
    func place(_ item: Int, _ row: Int, rows: Int, past: Int, isFirst: Bool) throws(InferError) -> Int {
        var place = past + row
        if !positions.isEmpty {
            // Of a first call only the first position counts.
            place =
                isFirst
                ? Int(clamping: positions[0]).addingReportingOverflow(row).partialValue
                : Int(clamping: positions[positions.count == 1 ? 0 : item * rows + row])
        }
        guard place >= 0, place < extent else {
            throw InferError(.invalidArgument, "position \(place) is outside the tables of \(extent) rows")
        }
        return place
    }

    func turn(_ elements: inout [Float], _ place: Int) {
        for i in 0..<half {
            let first = isInterleaved ? 2 * i : i, second = isInterleaved ? 2 * i + 1 : i + half
            let (x, y) = (elements[first], elements[second])
            let (c, s) = (cosines[place * half + i], sines[place * half + i])
            elements[first] = c * x - s * y
            elements[second] = s * x + c * y
        }
    }
}
