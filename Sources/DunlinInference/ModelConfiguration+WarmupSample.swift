public import DunlinTensor

extension ModelConfiguration {
    /// `model_warmup`: a request that every instance answers before the model is ready.
    public struct WarmupSample: Sendable, Hashable {
        public var name = ""
        /// Rows; 0 for a model without a batch dimension.
        public var batchSize = 0
        public var inputs: [Input] = []
        /// How often it runs.
        public var count = 1

        public init() {}

        /// One input of a sample.
        public struct Input: Sendable, Hashable {
            public enum Source: Sendable, Hashable {
                case zeros, random
                /// A file in the model's directory `warmup` with one row's raw elements.
                case file(String)
            }
            public var name = ""
            public var dataType = DataType.fp32
            /// Extents, without the batch dimension where there is one.
            public var dimensions: [Int] = []
            public var source = Source.zeros

            public init() {}
        }
    }
}
