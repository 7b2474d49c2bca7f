public import DunlinTensor

extension ModelConfiguration {
    /// `batch_input`: an input of the model that tells how the inputs of a batch lie in it; clients do not send it.
    public struct BatchInput: Sendable, Hashable {
        public enum Kind: String, Sendable, CaseIterable {
            case elementCount = "BATCH_ELEMENT_COUNT"
            case accumulatedElementCount = "BATCH_ACCUMULATED_ELEMENT_COUNT"
            case accumulatedElementCountWithZero = "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO"
            case maxElementCountAsShape = "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE"
            case itemShape = "BATCH_ITEM_SHAPE"
            case itemShapeFlatten = "BATCH_ITEM_SHAPE_FLATTEN"
        }
        public var kind = Kind.elementCount
        /// The model's inputs.
        public var targets: [String] = []
        public var dataType = DataType.int32
        /// The input that it tells of.
        public var source = ""

        public init() {}
    }

    /// `batch_output`: outputs whose elements belong to requests as those of an input do.
    public struct BatchOutput: Sendable, Hashable {
        public var targets: [String] = []
        /// The input whose extents an output's open ones are.
        public var source = ""

        public init() {}
    }
}
