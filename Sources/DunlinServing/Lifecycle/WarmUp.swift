import DunlinBytes
import DunlinInference
import DunlinTensor

/// Runs a model's `model_warmup`, and the requests recorded beside it, on each of its instances, before requests reach it.
struct WarmUp {
    private struct Sample {
        /// For messages: `model_warmup 'first'` or `warmup/first.json`.
        var name: String
        var inputs: [NamedTensor]
        var count: Int
    }

    private var samples: [Sample] = []
    private let maxBatchSize: Int

    /// Makes the inputs and checks them against the signature.
    ///
    /// - Parameters:
    ///   - recorded: The requests on disk, decoded one by one.
    /// - Returns: `nil` when there is nothing to run.
    /// - Throws: An error that names the sample, or file, and what is wrong with it.
    init?(
        _ signature: ConfiguredSignature, of model: RepositoryModel, _ repository: ModelRepository,
        recorded: [ModelRepository.RecordedRequest] = [],
        decode: (ModelRepository.RecordedRequest) throws(InferError) -> InferRequest
    ) throws(InferError) {
        maxBatchSize = model.configuration.maxBatchSize ?? 0
        for sample in model.configuration.warmup {
            try add("model_warmup '\(sample.name)'", count: sample.count, signature) { () throws(InferError) in
                var request = InferRequest(model: model.name, inputs: [])
                for input in sample.inputs {
                    request.inputs.append(
                        NamedTensor(
                            input.name, try Self.tensor(input, rows: sample.batchSize, of: model, repository)))
                }
                return request
            }
        }
        for file in recorded {
            try add(file.name, count: 1, signature) { () throws(InferError) in try decode(file) }
        }
        if samples.isEmpty { return nil }
    }

    private mutating func add(
        _ name: String, count: Int, _ signature: ConfiguredSignature,
        _ request: () throws(InferError) -> InferRequest
    ) throws(InferError) {
        do throws(InferError) {
            let inputs = try request().inputs(checkedAgainst: signature.signature)
            if maxBatchSize > 0, let rows = inputs.first?.tensor.shape[0] {
                guard rows <= maxBatchSize, inputs.allSatisfy({ $0.tensor.shape[0] == rows }) else {
                    throw InferError(
                        .invalidArgument,
                        "the inputs have \(inputs.map { String($0.tensor.shape[0]) }.joined(separator: ", ")) rows; they "
                            + "must have the same, at most \(maxBatchSize) (max_batch_size)")
                }
            }
            samples.append(Sample(name: name, inputs: signature.forModel(inputs), count: count))
        } catch {
            throw Self.failure(name, error)
        }
    }

    func run(on worker: InstanceWorker) throws(InferError) {
        for sample in samples {
            for _ in 0..<sample.count {
                if case .failure(let error) = worker.execute(sample.inputs, while: { true }) {
                    throw Self.failure(sample.name, error)
                }
            }
        }
    }

    private static func failure(_ sample: String, _ error: InferError) -> InferError {
        InferError(error.code == .notFound ? .notFound : .invalidArgument, "\(sample): \(error.message)")
    }

    /// - Parameter rows: 0: the extents are whole.
    private static func tensor(
        _ input: ModelConfiguration.WarmupSample.Input, rows: Int, of model: RepositoryModel,
        _ repository: ModelRepository
    ) throws(InferError) -> Tensor {
        let copies = max(rows, 1)
        let extents = (rows > 0 ? [rows] : []) + input.dimensions
        let limit = repository.configuration.maxWarmupByteCount
        guard let count = Shape.elementCount(of: extents),
            count <= limit / (input.dataType.byteCount ?? 4)
        else {
            throw InferError(
                .invalidArgument, "input '\(input.name)' is larger than the limit of \(limit) bytes")
        }
        let row: Bytes
        switch input.source {
        // For strings: their lengths, so that each is empty.
        case .zeros:
            row = Bytes([UInt8](repeating: 0, count: count / copies * (input.dataType.byteCount ?? 4)))
        case .random:
            let metadata = TensorMetadata(
                name: input.name, dataType: input.dataType, shape: input.dimensions)
            let signature = ModelSignature(inputs: [metadata], outputs: [])
            row = SyntheticInputs.make(signature, rows: 1)[0].tensor.bytes
        case .file(let name): row = try repository.warmupData(name, of: model)
        }
        guard row.count <= limit / copies else {
            throw InferError(
                .invalidArgument, "input '\(input.name)' is larger than the limit of \(limit) bytes")
        }
        var builder = BytesBuilder(capacity: row.count * copies)
        for _ in 0..<copies { builder.append(row) }
        guard
            let tensor = Tensor(checking: input.dataType, shape: Shape(extents), bytes: builder.finish())
        else {
            throw InferError(
                .invalidArgument,
                "input '\(input.name)': \(row.count) bytes are not one row of \(input.dataType) \(Shape(input.dimensions))"
            )
        }
        return tensor
    }
}
