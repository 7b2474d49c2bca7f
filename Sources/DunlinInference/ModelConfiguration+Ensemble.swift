extension ModelConfiguration {
    /// One `step` of `ensemble_scheduling`: a model, and which of the ensemble's tensors it takes and gives.
    public struct EnsembleStep: Sendable, Hashable {
        public var model = ""
        /// `nil`, spelled -1: the highest version that is ready.
        public var version: Int?
        /// `input_map`, in the file's order.
        public var inputs: [EnsembleTensor] = []
        /// `output_map`, in the file's order.
        public var outputs: [EnsembleTensor] = []

        public init() {}
    }

    /// An entry of `input_map` or `output_map`.
    public struct EnsembleTensor: Sendable, Hashable {
        /// The input or output of the step's model: the map's key.
        public var name: String
        /// The ensemble's name for the tensor: the map's value.
        public var tensor: String

        public init(_ name: String, _ tensor: String) {
            self.name = name
            self.tensor = tensor
        }
    }
}
