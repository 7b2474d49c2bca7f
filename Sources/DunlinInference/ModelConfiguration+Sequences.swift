public import DunlinTensor

extension ModelConfiguration {
    /// `sequence_batching`: requests that belong together run one after the other, and the model may keep state between
    /// them, with Triton's meaning.
    public struct SequenceBatching: Sendable, Hashable {
        public var strategy = Strategy.direct(minimumSlotUtilization: 0)
        /// How long a sequence may be without a request before it ends. Default: a second.
        public var maxSequenceIdleMicroseconds = 1_000_000
        /// How long a request may wait for others of other sequences. Default: 0, never.
        public var maxQueueDelayMicroseconds = 0
        public var controls: [SequenceControl] = []
        public var states: [SequenceState] = []

        public init() {}

        /// Which sequences are served at once.
        public enum Strategy: Sendable, Hashable {
            /// As many as an instance's largest batch has rows.
            ///
            /// `minimumSlotUtilization` is the part of them that makes a batch run before the delay is over.
            case direct(minimumSlotUtilization: Double)
            /// So many at an instance, the oldest requests first.
            case oldest(maxCandidateSequences: Int, preferredBatchSizes: [Int])
        }
    }

    /// `control_input`: an input that tells the model where in a sequence it is.
    public struct SequenceControl: Sendable, Hashable {
        public enum Kind: String, Sendable, CaseIterable {
            case start = "CONTROL_SEQUENCE_START", ready = "CONTROL_SEQUENCE_READY", end = "CONTROL_SEQUENCE_END"
            case correlationID = "CONTROL_SEQUENCE_CORRID"
        }
        /// The model's input.
        public var name = ""
        public var kind = Kind.start
        public var dataType = DataType.fp32
        /// Unused for `correlationID`.
        public var falseValue = 0.0
        public var trueValue = 1.0

        public init() {}
    }

    /// `state`: an output that comes back as an input of the sequence's next request.
    public struct SequenceState: Sendable, Hashable {
        public enum Initial: Sendable, Hashable {
            case zeros
            /// A file's name in the model's directory `initial_state`.
            case file(String)
        }
        public var inputName = ""
        public var outputName = ""
        public var dataType = DataType.fp32
        /// Without the batch dimension; -1 where the extent may change.
        public var dimensions: [Int] = []
        public var initial = Initial.zeros
        /// Without the batch dimension, and without -1.
        public var initialDimensions: [Int] = []

        public init() {}
    }
}
