import DunlinBytes
import Glibc

/// Memory that a body is inflated into; it counts in the budget until the last slice of the body is gone.
struct InflationBuffer: ~Copyable {
    /// What is allocated at first for one byte that came, where the limit allows it: usual JSON shrinks to a fourth.
    static let usualRatio = 4
    static let firstByteCount = 4096

    private(set) var base: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    private let budget: InflatedBudget
    /// The most it may grow to.
    private let limit: Int

    init(limit: Int, budget: InflatedBudget) {
        self.limit = limit
        self.budget = budget
    }

    deinit { Self.release(base, capacity, budget) }

    /// Grows for a body of which `byteCount` bytes came, or doubles. False when the limit is reached.
    ///
    /// - Throws: 503 when all inflated bodies together, or the system, leave no room.
    mutating func grow(forCompressed byteCount: Int) throws(ContentCodingError) -> Bool {
        let usual = byteCount.multipliedReportingOverflow(by: Self.usualRatio)
        let first = usual.overflow ? Int.max : max(Self.firstByteCount, usual.partialValue)
        let wanted = min(limit, capacity == 0 ? first : capacity > limit / 2 ? limit : capacity * 2)
        guard wanted > capacity else { return false }
        let extra = wanted - capacity
        guard budget.reserve(extra, own: capacity) else {
            throw ContentCodingError(503, "compressed requests take all the memory there is for them; try again later")
        }
        guard let grown = realloc(base, wanted) else {
            budget.release(extra)
            throw ContentCodingError(503, "there is no memory for \(wanted) bytes of an inflated body")
        }
        base = grown
        capacity = wanted
        return true
    }

    /// Gives up the memory: `count` bytes from `start` on.
    mutating func take(from start: Int, count: Int) -> Bytes {
        guard let memory = base, count > 0 else { return Bytes() }
        let (size, budget, address) = (capacity, budget, UInt(bitPattern: memory))
        base = nil
        capacity = 0
        return Bytes(foreign: memory + start, count: count) {
            Self.release(UnsafeMutableRawPointer(bitPattern: address), size, budget)
        }
    }

    private static func release(_ memory: UnsafeMutableRawPointer?, _ capacity: Int, _ budget: InflatedBudget) {
        free(memory)
        budget.release(capacity)
    }
}
