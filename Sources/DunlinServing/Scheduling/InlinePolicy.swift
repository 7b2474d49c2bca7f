/// Decides from measured run times which requests are so cheap that a hop to a queue would cost as much.
///
/// Run times are kept per size class of the inputs, because a model that answers one row in 2 µs may take 2 ms for a
/// thousand, and the caller's thread is an event loop. Pure: time is a parameter.
struct InlinePolicy: Sendable {
    /// Runs of a size class before it is trusted.
    static let samplesNeeded = 4
    /// A class stops being cheap when its mean exceeds the threshold this many times.
    static let hysteresis = 1.5
    /// Longer samples count as this many thresholds, so that one preempted run does not undo a class.
    static let sampleLimit = 4.0
    /// Weight of a new sample in the mean.
    static let weight = 0.125

    private struct SizeClass {
        var mean = 0.0
        var sampleCount = 0
        var isCheap = false
    }

    private let threshold: Double
    private var classes = [SizeClass](repeating: SizeClass(), count: 65)

    /// - Parameter threshold: In nanoseconds; 0 runs nothing inline.
    init(threshold: UInt64) { self.threshold = Double(threshold) }

    /// The class of inputs of `byteCount` bytes in all: each is twice as wide as the one before.
    static func sizeClass(byteCount: Int) -> Int { Int.bitWidth - byteCount.leadingZeroBitCount }

    func runsInline(sizeClass: Int) -> Bool { classes[sizeClass].isCheap }

    mutating func record(nanoseconds: UInt64, sizeClass: Int) {
        guard threshold > 0 else { return }
        var entry = classes[sizeClass]
        let sample = Swift.min(Double(nanoseconds), threshold * Self.sampleLimit)
        entry.mean += entry.sampleCount == 0 ? sample : (sample - entry.mean) * Self.weight
        entry.sampleCount = Swift.min(entry.sampleCount + 1, Self.samplesNeeded)
        if entry.isCheap {
            entry.isCheap = entry.mean <= threshold * Self.hysteresis
        } else {
            entry.isCheap = entry.sampleCount >= Self.samplesNeeded && entry.mean < threshold
        }
        classes[sizeClass] = entry
    }
}
