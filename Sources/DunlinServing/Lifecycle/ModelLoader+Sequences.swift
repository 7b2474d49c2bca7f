import DunlinInference

extension ModelLoader {
    /// A model whose requests form sequences.
    ///
    /// Instances keep nothing between requests, the state goes with each: so a sequence is not bound to one instance, and
    /// rows without a request are not run. Which sequences are served at once is as the strategy says.
    func serveSequences(
        _ accepted: Accepted, _ batching: ModelConfiguration.SequenceBatching, _ model: RepositoryModel, version: Int,
        directory: String, from repository: ModelRepository
    ) throws(InferError) -> ServedModel {
        let configuration = model.configuration
        let maxBatchSize = configuration.maxBatchSize ?? 0
        let layout: SequenceLayout
        do throws(InferError) {
            layout = try SequenceLayout(accepted.loaded.signature, configuration, batching) {
                (file) throws(InferError) in
                try repository.initialState(file, of: model)
            }
        } catch {
            throw InferError(error.code, "model '\(model.name)': \(error.message)")
        }
        let loaded = SequenceModel(loaded: accepted.loaded, signature: layout.signature)
        let signature = try ConfiguredSignature(
            layout.signature, configuration, leavesOutBatch: model.file.leavesOutBatch, labels: model.labels)
        let count = try instanceCount(model)
        let rows = max(maxBatchSize, 1)
        var merging = ModelConfiguration.DynamicBatching()
        merging.maxQueueDelayMicroseconds = batching.maxQueueDelayMicroseconds
        var slotCount = count
        var leastRows = 0
        switch batching.strategy {
        case .direct(let part):
            slotCount *= rows
            leastRows = Int((part * Double(rows)).rounded(.up))
            // Nothing is waited for then, whatever the delay: Triton's configuration says so.
            if leastRows == 0 { merging.maxQueueDelayMicroseconds = 0 }
        case .oldest(let candidates, let sizes):
            slotCount *= candidates
            merging.preferredBatchSizes = sizes
        }
        slotCount = min(slotCount, ModelConfigurationFile.maxSequenceCount)
        let warmUp = try warmUp(
            signature.covering(accepted.loaded.signature), of: model, version: version, directory: directory,
            from: repository)
        let workers = try workers(
            model.name, accepted.loaded, count: count, groups: configuration.instanceGroups, warmUp)
        var limits = SequenceTable.Limits()
        limits.slotCount = slotCount
        limits.maxWaitingSequenceCount = self.configuration.maxQueueSize
        limits.maxWaitingRequestCount = self.configuration.maxQueueSize
        limits.idle = UInt64(batching.maxSequenceIdleMicroseconds) * 1000
        var properties = accepted.loaded.properties
        properties["backend"] = accepted.backend.name
        if !accepted.refusals.isEmpty { properties["backend_reason"] = accepted.refusals.joined(separator: "; ") }
        properties["sequences"] = "\(slotCount) at once"
        var options = SchedulingOptions(model: model.name, maxRows: rows, merging)
        options.plan.leastRows = leastRows
        let inner = scheduler(workers, options)
        let platform = configuration.platform
        return ServedModel(
            .init(
                name: model.name, version: String(version),
                platform: platform.isEmpty ? accepted.loaded.platform : platform, properties: properties,
                loaded: loaded, signature: signature, v1: try v1(signature, configuration, of: model.name),
                maxBatchSize: maxBatchSize, scheduler: SequenceScheduler(inner, layout, limits), clock: clock,
                file: model.file, fileName: accepted.fileName))
    }
}
