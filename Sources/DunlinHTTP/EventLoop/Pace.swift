/// The least that a client must send or take over time, so that slow ones cannot hold connections and memory for as
/// long as they like.
struct Pace {
    /// How long a client may be slower: milliseconds.
    static let grace: Int64 = 10_000

    /// 0: any pace will do.
    let byteCountPerSecond: Int

    /// Whether `byteCount` bytes in `milliseconds` are too few.
    func isTooSlow(_ byteCount: Int, in milliseconds: Int64) -> Bool {
        guard byteCountPerSecond > 0, milliseconds >= Self.grace else { return false }
        let (least, isOver) = byteCountPerSecond.multipliedReportingOverflow(by: Int(milliseconds) / 1000)
        return isOver || byteCount < least
    }
}
