/// How long a model takes for a number of rows, learned from its runs.
///
/// One mean for each power of two of rows; between two of them the time is taken to grow in a straight line. Pure.
struct CostCurve: Sendable {
    /// Weight of a new sample in a mean.
    static let weight = 0.125
    /// Samples of a size before it is trusted.
    static let samplesNeeded = 2
    /// A longer sample counts as this many means, so that one preempted run does not spoil a size.
    static let sampleLimit = 4.0

    private struct Point {
        var rows = 0.0
        var nanoseconds = 0.0
        var sampleCount = 0
    }

    /// By size class; index 0 is for one row.
    private var points: [Point] = []

    init() {}

    /// 0 for one row, 1 for two, 2 for three and four, 3 up to eight, ….
    static func sizeClass(rows: Int) -> Int { Int.bitWidth - (max(rows, 1) - 1).leadingZeroBitCount }

    var isEmpty: Bool { points.isEmpty }

    mutating func record(rows: Int, nanoseconds: UInt64) {
        let index = Self.sizeClass(rows: rows)
        while points.count <= index { points.append(Point()) }
        if points[index].sampleCount == 0 {
            points[index] = Point(rows: Double(rows), nanoseconds: Double(nanoseconds), sampleCount: 1)
            return
        }
        var sample = Double(nanoseconds)
        if points[index].sampleCount >= Self.samplesNeeded {
            sample = min(sample, points[index].nanoseconds * Self.sampleLimit)
        } else {
            // The first runs of a size make its plan and touch its memory: the faster of them is the better guess.
            points[index].nanoseconds = min(points[index].nanoseconds, sample)
        }
        points[index].nanoseconds += (sample - points[index].nanoseconds) * Self.weight
        points[index].rows += (Double(rows) - points[index].rows) * Self.weight
        points[index].sampleCount = min(points[index].sampleCount + 1, 1 << 20)
    }

    /// Whether runs of about this size were measured.
    func isMeasured(rows: Int) -> Bool {
        let index = Self.sizeClass(rows: rows)
        return index < points.count && points[index].sampleCount >= Self.samplesNeeded
    }

    /// Nanoseconds for a run of `rows`, from the nearest sizes that were measured; `nil` when none was.
    func estimate(rows: Int) -> Double? {
        let rows = Double(max(rows, 1))
        var below: Point?
        for point in points where point.sampleCount > 0 {
            guard point.rows < rows else {
                guard let below, point.rows > below.rows else { return point.nanoseconds * rows / point.rows }
                let part = (rows - below.rows) / (point.rows - below.rows)
                return below.nanoseconds + part * (point.nanoseconds - below.nanoseconds)
            }
            below = point
        }
        return below.map { $0.nanoseconds * rows / $0.rows }
    }
}

/// Cost curves of one model, one for each size of a row: a row of a thousand tokens is another thing than one of ten.
struct CostTable: Sendable {
    /// Requests refused one after another, for what their runs are thought to take, before one runs all the same.
    static let refusalsBeforeTrial = 32

    private struct Entry {
        var curve = CostCurve()
        /// Since the last run.
        var refusalCount = 0
    }

    private var entries: [Entry] = []

    /// The class of rows of `byteCount` bytes: each is twice as wide as the one before.
    static func rowClass(byteCount: Int, rows: Int) -> Int {
        Int.bitWidth - (byteCount / max(rows, 1)).leadingZeroBitCount
    }

    subscript(rowClass: Int) -> CostCurve { rowClass < entries.count ? entries[rowClass].curve : CostCurve() }

    mutating func record(rowClass: Int, rows: Int, nanoseconds: UInt64) {
        while entries.count <= rowClass { entries.append(Entry()) }
        entries[rowClass].curve.record(rows: rows, nanoseconds: nanoseconds)
        entries[rowClass].refusalCount = 0
    }

    mutating func countRefusal(rowClass: Int) {
        guard rowClass < entries.count else { return }
        entries[rowClass].refusalCount += 1
    }

    /// Whether so many were refused that the next one is to run: a measurement that is too high is never mended otherwise.
    mutating func takesTrial(rowClass: Int) -> Bool {
        guard rowClass < entries.count, entries[rowClass].refusalCount >= Self.refusalsBeforeTrial else { return false }
        entries[rowClass].refusalCount = 0
        return true
    }
}
