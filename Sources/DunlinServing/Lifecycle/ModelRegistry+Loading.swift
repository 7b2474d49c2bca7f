import Dispatch
package import DunlinInference
import Synchronization

extension ModelRegistry {
    /// Scans the repository and loads what the configuration wants at start, on the repository's queue.
    ///
    /// - Parameter completion: Called once when all loads have ended. Fails only when the repository itself cannot be
    ///   read; a model that failed has its reason in the index.
    package func start(completion: @escaping @Sendable (Result<Void, InferError>) -> Void) {
        state.withLock { if $0.phase == .created { $0.phase = .starting } }
        queue.async {
            let result = Result { () throws(InferError) in try self.loadAtStart() }
            self.state.withLock { if $0.phase == .starting { $0.phase = .serving } }
            completion(result)
        }
    }

    /// The models of the repository with the states of their versions, by name. Looks at the disk.
    package func index(readyOnly: Bool) -> [IndexEntry] {
        let names = (try? repository?.modelNames()) ?? []
        let records = state.withLock { state in
            state.namesOnDisk.formUnion(names)
            return state.models
        }
        let entries = Set(names).union(records.keys).sorted().flatMap { name -> [IndexEntry] in
            let entries = records[name]?.indexEntries(name) ?? []
            return entries.isEmpty ? [IndexEntry(name: name)] : entries.map(withMembers)
        }
        return readyOnly ? entries.filter { $0.state == .ready } : entries
    }

    /// Loads or reloads a model; completes when it is ready or has failed.
    ///
    /// Without a version, the versions that the version policy wants are loaded, and when all of them are ready the
    /// others are unloaded. A version that is ready is loaded anew only when one of its files, its configuration or
    /// `parameters` changed; the old one answers until the new one is ready, and goes on when that fails.
    ///
    /// The parameter `config` holds the JSON form of a configuration that stands for the model's file until the next load
    /// without it; the other parameters go to the backend. `brought` are files that stand for the model's directory as
    /// long; they need `config`.
    ///
    /// With a version, that version alone is loaded, whatever the policy says.
    package func load(
        _ model: String, version: String? = nil, parameters: Parameters = [:], brought: BroughtFiles? = nil,
        completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) {
        queue.async {
            completion(
                Result { () throws(InferError) in
                    try self.checkExplicit()
                    try self.loadNow(
                        model, version: version, parameters: parameters, brought: brought, isAtStart: false)
                })
        }
    }

    /// Completes when no new request can start; memory goes after the last request in flight.
    ///
    /// A worker's endpoint is unloaded as `unloadWorker` does. Fails with `.notFound` when nothing of it is loaded; a model
    /// that failed to load, and is missed for that, is not missed any more.
    ///
    /// - Parameters:
    ///   - version: Unloads this version only.
    ///   - dependents: Whether the models of an ensemble that no other ensemble needs go with it.
    package func unload(
        _ model: String, version: String? = nil, dependents: Bool = false,
        completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) {
        queue.async {
            completion(
                Result { () throws(InferError) in
                    let members = dependents ? self.members(of: model) : []
                    try self.unloadNow(model, version: version)
                    self.unloadUnneeded(members)
                })
        }
    }

    // MARK: On the repository's queue

    private func loadAtStart() throws(InferError) {
        dispatchPrecondition(condition: .onQueue(queue))
        guard let repository else { return state.withLock { $0.hasReadNames = true } }
        let began = clock()
        let polling = configuration.controlMode == .poll ? RepositoryPolling(self, repository) : nil
        let polled = try polling?.begin()
        let names = try repository.modelNames()
        var wanted = polled ?? names
        if configuration.controlMode == .explicit, !configuration.loadAtStart.contains("*") {
            wanted = configuration.loadAtStart
        }
        state.withLock { state in
            state.namesOnDisk = Set(names)
            state.hasReadNames = true
            // Wanted from the first moment: strict readiness must not be true between two loads.
            for name in wanted where state.models[name] == nil { state.models[name] = ModelRecord() }
        }
        var failureCount = 0
        for name in wanted {
            do throws(InferError) {
                try loadNow(name, version: nil, parameters: [:], isAtStart: true)
            } catch {
                failureCount += 1
            }
        }
        log.write(
            failureCount == 0 ? .info : .warning,
            "loaded \(wanted.count - failureCount) of \(wanted.count) models in \(milliseconds(since: began)) ms")
        if let polling {
            state.withLock { if $0.phase != .stopped { $0.polling = polling } }
            polling.resume()
        }
    }

    /// - Parameter chain: The ensembles that need it and are being loaded, the outermost first.
    func loadNow(
        _ name: String, version: String?, parameters: Parameters, brought: BroughtFiles? = nil, isAtStart: Bool,
        chain: [String] = []
    ) throws(InferError) {
        dispatchPrecondition(condition: .onQueue(queue))
        do throws(InferError) {
            try loadVersions(
                name, version: version, parameters: parameters, brought, isAtStart: isAtStart, chain: chain)
        } catch {
            log.write(.error, "model '\(name)' failed to load: \(error.message)")
            throw error
        }
    }

    private func loadVersions(
        _ name: String, version: String?, parameters: Parameters, _ brought: BroughtFiles?, isAtStart: Bool,
        chain: [String]
    ) throws(InferError) {
        try ModelName.check(name)
        guard let repository else {
            throw InferError(.notFound, "model '\(name)' cannot be loaded: the server has no model repository")
        }
        guard !(state.withLock { $0.workers.contains(name) }) else {
            throw InferError(.invalidArgument, "model '\(name)' has the name of a worker's endpoint; unload that first")
        }
        let override = try Self.override(parameters)
        let model: RepositoryModel
        let wanted: [Int]
        // What is wrong with the request alone leaves no trace: nothing was tried.
        var isRequest = override != nil || brought != nil
        do throws(InferError) {
            model = try repository.model(name, override: override, brought: brought)
            isRequest = isRequest || version?.isEmpty == false
            wanted = try Self.wanted(version, of: model)
            isRequest = false
            let members = Set((model.configuration.ensembleSteps ?? []).map(\.model))
            state.withLock { $0.models[name, default: ModelRecord()].members = members }
            try loadMembers(of: model, isAtStart: isAtStart, chain: chain)
        } catch {
            if isRequest { throw error }
            // Nor does a name that nobody has, asked for by a client.
            let isUnknown = !isAtStart && !repository.contains(name)
            state.withLock { state in
                if !isUnknown, state.models[name] == nil { state.models[name] = ModelRecord() }
                state.models[name]?.failure = error.message
                if !isUnknown { state.models[name]?.isWanted = true }
            }
            throw error
        }
        for note in model.file.notes { log.write(.info, "model '\(name)': \(note)") }
        state.withLock { state in
            state.namesOnDisk.insert(name)
            state.models[name, default: ModelRecord()].failure = nil
            state.models[name]?.isWanted = true
            if chain.isEmpty { state.models[name]?.isNamed = true }
            state.models[name]?.forgetVersions(notIn: model.versions)
        }
        var failure: InferError?
        for number in wanted {
            do throws(InferError) {
                try loadVersion(number, of: model, parameters: parameters, from: repository)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if version == nil {
            let serving = state.withLock { $0.models[name]?.versions.filter(\.value.lifecycle.serves).keys.sorted() }
            for number in serving ?? [] where !wanted.contains(number) { withdraw(name, number) }
        }
    }

    private static func wanted(_ version: String?, of model: RepositoryModel) throws(InferError) -> [Int] {
        guard let version, !version.isEmpty else {
            return try model.configuration.versionPolicy.wanted(of: model.versions, model: model.name)
        }
        guard let number = VersionName.number(version), model.versions.contains(number) else {
            throw .versionNotFound(model.name, version: version)
        }
        return [number]
    }

    private func loadVersion(
        _ number: Int, of model: RepositoryModel, parameters: Parameters, from repository: ModelRepository
    ) throws(InferError) {
        let began = clock()
        let name = model.name
        do throws(InferError) {
            let (directory, files) = try repository.version(number, of: model)
            // Weights may lie in directories of their own, below.
            let tree = model.brought == nil ? try? FileTree(directory, maxDepth: ModelRepository.maxLookDepth) : nil
            let stamp = VersionStamp(
                modelFiles: model.stamps, versionFiles: tree?.files ?? files, parameters: parameters)
            guard begin(name, number, stamp) else { return }
            var passed = parameters
            passed["config"] = nil
            let served =
                model.configuration.ensembleSteps == nil
                ? try loader.load(
                    model, version: number, directory: directory, files: files, parameters: passed, from: repository)
                : try ensemble(model, version: number)
            guard publish(served, number, stamp) else { throw Self.stopping }
            let backend = served.properties["backend"] ?? ""
            let reason = served.properties["backend_reason"].map { " because \($0)" } ?? ""
            log.write(
                .info,
                "model '\(name)' version \(number) is ready after \(milliseconds(since: began)) ms: backend "
                    + "\(backend)\(reason), \(served.scheduler.instanceCount) instances, \(served.memoryByteCount) bytes"
            )
        } catch {
            state.withLock { state in
                state.models[name]?.handle(.load, number)
                state.models[name]?.handle(.failed(reason: error.message), number)
            }
            throw error
        }
    }

    /// Notes that a version loads; false when what serves is already made from `stamp`.
    private func begin(_ name: String, _ number: Int, _ stamp: VersionStamp) -> Bool {
        state.withLock { state in
            if let version = state.models[name]?.versions[number], version.lifecycle.serves, version.stamp == stamp {
                return false
            }
            return state.models[name]?.handle(.load, number) == .startLoading
        }
    }

    /// Lets requests reach `model` instead of what served before.
    private func publish(_ model: ServedModel, _ number: Int, _ stamp: VersionStamp) -> Bool {
        let (isPublished, former) = state.withLock { state -> (Bool, ServedModel?) in
            guard state.admit(model, drained) else { return (false, nil) }
            let former = state.models[model.name]?.versions[number]?.served
            state.models[model.name]?.handle(.loaded, number)
            state.models[model.name]?.versions[number]?.served = model
            state.models[model.name]?.versions[number]?.stamp = stamp
            state.refreshServing(model.name)
            return (true, former)
        }
        if let former { drain(former) }
        return isPublished
    }

    func unloadNow(_ name: String, version: String?) throws(InferError) {
        dispatchPrecondition(condition: .onQueue(queue))
        let record = state.withLock { $0.models[name] }
        // A record may be left of a model that had the name before the worker.
        if record == nil || state.withLock({ $0.workers.contains(name) }), unloadWorkerNow(name) { return }
        try checkExplicit()
        try ModelName.check(name)
        guard let record else {
            throw repository?.contains(name) == true ? Self.notLoaded(name, version) : .modelNotFound(name)
        }
        var numbers = record.versions.filter(\.value.lifecycle.serves).keys.sorted()
        if let version, !version.isEmpty {
            guard let number = VersionName.number(version), record.versions[number] != nil else {
                throw .versionNotFound(name, version: version)
            }
            numbers = numbers.filter { $0 == number }
        } else {
            state.withLock { $0.models[name]?.failure = nil }
        }
        for number in numbers { withdraw(name, number) }
        let wasMissed = state.withLock { state in
            defer {
                let serves = state.models[name]?.serves == true
                state.models[name]?.isWanted = serves
                if !serves { state.models[name]?.isNamed = false }
            }
            return record.isWanted && !record.serves
        }
        if !numbers.isEmpty { return log.write(.info, "model '\(name)' is unloaded") }
        // That a failed model is not waited for any more is what its unload does.
        guard wasMissed else { throw Self.notLoaded(name, version) }
    }

    private static func notLoaded(_ name: String, _ version: String?) -> InferError {
        let part = version.map { $0.isEmpty ? "" : "version '\($0)' of " } ?? ""
        return InferError(.notFound, "\(part)model '\(name)' is not loaded")
    }

    /// Lets no new request reach a version, and drains it.
    func withdraw(_ name: String, _ number: Int) {
        let model = state.withLock { state -> ServedModel? in
            guard state.models[name]?.handle(.unload, number) == .withdraw else { return nil }
            defer { state.refreshServing(name) }
            state.models[name]?.versions[number]?.stamp = nil
            return state.models[name]?.versions[number]?.served.take()
        }
        guard let model else { return }
        drain(model) { state in state.models[name]?.handle(.drained, number) }
    }

    private func checkExplicit() throws(InferError) {
        guard configuration.controlMode == .explicit else {
            throw InferError(
                .unavailable,
                "explicit model load / unload is not allowed: model_control_mode is "
                    + "'\(configuration.controlMode.rawValue)'")
        }
    }

    /// The configuration a load request brings along, as JSON.
    private static func override(_ parameters: Parameters) throws(InferError) -> String? {
        guard let value = parameters["config"] else { return nil }
        guard case .string(let text) = value else {
            throw InferError(.invalidArgument, "load parameter 'config' must be a string that holds JSON")
        }
        return text
    }

    /// Whole and tenths, for the log.
    private func milliseconds(since began: UInt64) -> String {
        let tenths = (clock() &- began) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension ModelRecord {
    @discardableResult
    mutating func handle(_ event: ModelLifecycle.Event, _ number: Int) -> ModelLifecycle.Action {
        versions[number, default: Version()].lifecycle.handle(event)
    }

    /// Drops what is neither served nor on disk any more.
    mutating func forgetVersions(notIn available: [Int]) {
        versions = versions.filter { number, version in
            if available.contains(number) || version.lifecycle.drainingCount > 0 { return true }
            if case .unavailable = version.lifecycle.state { return false }
            return true
        }
    }
}
