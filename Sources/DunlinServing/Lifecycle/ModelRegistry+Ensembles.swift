import DunlinInference
import Synchronization

/// What is different where a model is an ensemble.
extension ModelRegistry {
    /// Makes an ensemble of models that are served.
    ///
    /// - Throws: An error that names the step or tensor when they do not fit together, or the model that is missing.
    func ensemble(_ model: RepositoryModel, version: Int) throws(InferError) -> ServedModel {
        let configuration = model.configuration
        let steps = configuration.ensembleSteps ?? []
        do throws(InferError) {
            let graph = state.withLock { $0.ensembles }
            try graph.check(model.name, needing: Set(steps.map(\.model)))
            let loaded = try EnsembleModel(configuration)
            let plan = try EnsemblePlan(
                steps, inputs: loaded.signature.inputs.map(\.name), outputs: loaded.signature.outputs.map(\.name))
            let scheduler = EnsembleScheduler(
                model.name, plan, loaded.signature, maxBatchSize: configuration.maxBatchSize ?? 0, clock: clock
            ) { [weak self] (name, version) throws(InferError) in
                guard let self else { throw Self.stopping }
                return try self.served(name, version)
            }
            _ = try scheduler.leaseMembers(orElse: .invalidArgument)
            let signature = try ConfiguredSignature(loaded.signature, .init(), labels: model.labels)
            return ServedModel(
                .init(
                    name: model.name, version: String(version), platform: loaded.platform,
                    properties: loaded.properties, loaded: loaded,
                    signature: signature,
                    v1: try loader.v1(signature, configuration, of: model.name),
                    maxBatchSize: configuration.maxBatchSize ?? 0, scheduler: scheduler, clock: clock,
                    file: model.file))
        } catch {
            let name = "ensemble '\(model.name)'"
            throw error.message.hasPrefix(name) ? error : InferError(error.code, "\(name): \(error.message)")
        }
    }

    /// Loads the models of an ensemble's steps that are not served yet.
    ///
    /// - Parameter chain: The ensembles that are being loaded, the outermost first.
    func loadMembers(
        of model: RepositoryModel, isAtStart: Bool, chain: [String]
    ) throws(InferError) {
        let chain = chain + [model.name]
        for step in model.configuration.ensembleSteps ?? [] {
            guard (try? served(step.model, nil)) == nil else { continue }
            guard !chain.contains(step.model) else {
                throw InferError(
                    .invalidArgument,
                    "ensemble '\(step.model)' needs itself: "
                        + (chain.drop { $0 != step.model } + [step.model]).map { "'\($0)'" }.joined(
                            separator: " needs "))
            }
            guard chain.count <= EnsembleGraph.maxDepth else {
                throw InferError(
                    .invalidArgument,
                    "ensemble '\(chain[0])': more than \(EnsembleGraph.maxDepth) ensembles would be inside one another")
            }
            do throws(InferError) {
                try loadNow(step.model, version: nil, parameters: [:], isAtStart: isAtStart, chain: chain)
            } catch {
                throw InferError(
                    error.code,
                    "ensemble '\(model.name)' depends on '\(step.model)', which failed to load: \(error.message)")
            }
        }
    }

    /// The models of a served ensemble's steps, sorted; none for other models.
    func members(of name: String) -> [String] { state.withLock { $0.ensembles.members[name] ?? [] }.sorted() }

    /// Unloads models of an ensemble that was unloaded, and theirs, but for those that another served ensemble needs and
    /// those that were loaded by their own names.
    func unloadUnneeded(_ names: [String]) {
        for name in names {
            let isUnneeded = state.withLock { state in
                state.models[name].map { $0.isWanted && !$0.isNamed } == true
                    && !state.ensembles.members.values.contains { $0.contains(name) }
            }
            guard isUnneeded else { continue }
            let members = members(of: name)
            do throws(InferError) { try unloadNow(name, version: nil) } catch {
                log.write(.warning, "model '\(name)' is not unloaded with its ensemble: \(error.message)")
            }
            unloadUnneeded(members)
        }
    }

    /// Why a version that is served cannot answer for want of another model; `nil` when it can.
    func missingMember(_ model: ServedModel) -> String? {
        guard model.scheduler is EnsembleScheduler else { return nil }
        do throws(InferError) {
            _ = try model.scheduler.leaseMembers()
            return nil
        } catch {
            return error.message
        }
    }

    /// Whether a served ensemble lacks a model.
    var lacksMembers: Bool {
        let serving = state.withLock { $0.serving }
        return serving.values.contains { $0.ascending.contains { missingMember($0) != nil } }
    }

    /// An index entry that tells of ensembles whose models are missing.
    func withMembers(_ entry: IndexEntry) -> IndexEntry {
        guard entry.state == .ready, let model = try? served(entry.name, entry.version),
            let reason = missingMember(model)
        else { return entry }
        var entry = entry
        entry.state = .unavailable
        entry.reason = reason
        return entry
    }
}

extension ModelRegistry.State {
    /// Which served ensembles need which models.
    var ensembles: EnsembleGraph {
        var graph = EnsembleGraph()
        for (name, versions) in serving {
            for model in versions.ascending {
                guard let scheduler = model.scheduler as? EnsembleScheduler else { continue }
                graph.members[name, default: []].formUnion(scheduler.plan.steps.map(\.model))
            }
        }
        return graph
    }
}
