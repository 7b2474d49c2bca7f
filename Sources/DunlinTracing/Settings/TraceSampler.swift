/// Decides which requests are traced. Pure: no lock, no clock.
///
/// A model has the settings that were made for it, and those for all models elsewhere; these have the ones of the start
/// where nothing was made. Requests are counted where the model has settings of its own, else together.
package struct TraceSampler: Sendable {
    /// Models that may have settings of their own.
    package static let maxModelCount = 4096

    private let start: TraceSetting
    /// Whether requests whose callers trace them are traced whatever rate and count say.
    private let followsCallers: Bool
    private var global = TraceOverrides()
    private var models: [String: TraceOverrides] = [:]
    private var startCount: Int
    private var seen: [String?: Int] = [:]

    package init(_ start: TraceSetting, followsCallers: Bool = false) {
        self.start = start
        self.followsCallers = followsCallers
        startCount = start.count
    }

    /// What applies to a model, or to all without settings of their own.
    package func setting(of model: String?) -> TraceSetting {
        var base = start
        base.count = startCount
        base = global.over(base)
        return model.flatMap { models[$0] }?.over(base) ?? base
    }

    /// Whether any request could be traced.
    package var isActive: Bool {
        ([nil] + models.keys.map { $0 }).contains { scope in
            let setting = setting(of: scope)
            return setting.level != .off && (followsCallers || setting.rate > 0 && setting.count != 0)
        }
    }

    /// - Returns: False when too many models have settings of their own already.
    package mutating func change(_ change: TraceChange, model: String?) -> Bool {
        guard let model else {
            global.apply(change)
            if change.count == .clear { startCount = start.count }
            seen[nil] = 0
            return true
        }
        var overrides = models[model] ?? TraceOverrides()
        overrides.apply(change)
        guard models[model] != nil || models.count < Self.maxModelCount || overrides.isEmpty else { return false }
        models[model] = overrides.isEmpty ? nil : overrides
        seen[model] = overrides.isEmpty ? nil : 0
        return true
    }

    /// Counts a request.
    ///
    /// - Parameter callerTraces: As its `traceparent` says.
    package mutating func sample(_ model: String, callerTraces: Bool = false) -> TraceSampling? {
        let scope: String? = models[model] == nil ? nil : model
        let setting = setting(of: model)
        guard setting.level != .off else { return nil }
        var sampling = TraceSampling()
        sampling.scope = scope
        sampling.logFrequency = setting.logFrequency
        if setting.rate > 0, setting.count != 0 {
            let number = (seen[scope] ?? 0) &+ 1
            // More than the rate where it was larger before.
            seen[scope] = number >= setting.rate ? 0 : number
            if number >= setting.rate {
                if setting.count > 0 {
                    use(model)
                    sampling.isLast = setting.count == 1
                }
                return sampling
            }
        }
        return callerTraces && followsCallers ? sampling : nil
    }

    /// Takes one from the count that applies.
    private mutating func use(_ model: String) {
        if let count = models[model]?.count {
            models[model]?.count = count - 1
        } else if let count = global.count {
            global.count = count - 1
        } else {
            startCount -= 1
        }
    }
}
