public import DunlinTensor

/// How a model is to be served, in the vocabulary of Triton's `config.pbtxt`.
///
/// Everything is optional: what a file leaves out comes from the model itself. AMD's vocabulary
/// (`inputs`/`datatype`/`shape`) is translated to this one where the file is read.
public struct ModelConfiguration: Sendable, Hashable {
    public var name = ""
    public var platform = ""
    public var backend = ""
    public var versionPolicy = VersionPolicy.latest(1)
    /// Rows in the largest batch; 0: the model has no batch dimension of its own; `nil`: not said.
    public var maxBatchSize: Int?
    public var inputs: [ConfiguredTensor] = []
    public var outputs: [ConfiguredTensor] = []
    public var instanceGroups: [InstanceGroup] = []
    /// The model's file inside the version directory; empty: the backend's usual name.
    public var defaultModelFilename = ""
    public var parameters: [String: String] = [:]
    /// How requests are merged into batches; `nil`: as measured run times advise.
    public var dynamicBatching: DynamicBatching?
    /// How requests that belong together are served; `nil`: none do.
    public var sequenceBatching: SequenceBatching?
    /// The steps of an ensemble, which has no file of its own; `nil`: it is a model.
    public var ensembleSteps: [EnsembleStep]?
    /// `response_cache`: whether answers are kept for equal requests.
    public var cachesResponses = false
    /// `model_warmup`: what runs before the model is ready.
    public var warmup: [WarmupSample] = []
    /// Inputs and outputs that tell requests of different extents in one batch apart.
    public var batchInputs: [BatchInput] = []
    public var batchOutputs: [BatchOutput] = []

    public init() {}

    /// `version_policy`.
    public enum VersionPolicy: Sendable, Hashable {
        case latest(Int)
        case all
        case specific([Int])
    }

    /// `instance_group`: how many executions may run at once.
    public struct InstanceGroup: Sendable, Hashable {
        public enum Kind: String, Sendable {
            case auto = "KIND_AUTO", gpu = "KIND_GPU", cpu = "KIND_CPU", model = "KIND_MODEL"
        }
        public var name = ""
        public var count = 1
        public var kind = Kind.auto
        /// `rate_limiter`: what each of its instances needs while it runs; `nil`: nothing.
        public var rateLimiter: RateLimiter?

        public init() {}
    }

    /// `rate_limiter` of an instance group.
    public struct RateLimiter: Sendable, Hashable {
        public struct Resource: Sendable, Hashable {
            public var name = ""
            /// Shared by all devices; there is one here, the CPU.
            public var isGlobal = false
            public var count = 0

            public init() {}
        }
        public var resources: [Resource] = []
        /// An instance of priority n gets one n-th of the turns of one of priority 1; 0 stands for 1.
        public var priority = 0

        public init() {}
    }

    /// `input` or `output`.
    public struct ConfiguredTensor: Sendable, Hashable {
        public var name = ""
        public var dataType: DataType?
        /// Extents without the batch dimension when `max_batch_size` is above 0; -1 where any is accepted.
        public var dimensions: [Int] = []
        /// `reshape`: the same elements as the model has them, without the batch dimension; `nil`: as `dimensions` says.
        public var reshape: [Int]?
        public var labelFilename = ""
        public var isOptional = false
        /// `allow_ragged_batch`: requests of different extents share a batch, their elements one behind the other.
        public var allowsRaggedBatch = false

        public init() {}
    }
}
