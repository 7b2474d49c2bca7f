import DunlinInference

/// The plans of one graph for the inputs it ran with lately. When there are too many, or what they hold is too large, all
/// are dropped and made again as needed.
struct PlanCache<Key: Hashable & Sendable>: Sendable {
    private var plans: [Key: Plan] = [:]
    private var foldedByteCount = 0

    var count: Int { plans.count }

    subscript(key: Key) -> Plan? { plans[key] }

    /// Keeps a plan.
    ///
    /// - Returns: The plan to use: another run may have made the same meanwhile, then both share the first.
    mutating func keep(_ plan: Plan, for key: Key) -> Plan {
        if let first = plans[key] { return first }
        if plans.count >= PlanLimits.mostPlans
            || foldedByteCount + plan.foldedByteCount > PlanLimits.mostFoldedByteCount
        {
            plans.removeAll()
            foldedByteCount = 0
        }
        plans[key] = plan
        foldedByteCount += plan.foldedByteCount
        return plan
    }
}

/// What the plans that are kept may hold.
package enum PlanLimits {
    /// Sets of input shapes whose plans are kept.
    package static let mostPlans = 64
    /// Bytes of the constants that planning made, in all plans that one graph or one instance keeps; one plan is kept
    /// whatever it holds.
    package static let mostFoldedByteCount = 64 << 20
}
