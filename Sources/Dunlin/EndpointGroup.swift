/// What an endpoint belongs to. Access is granted and restricted by group, in the names of Triton's
/// `--http-restricted-api`; `metrics` is ours.
package enum EndpointGroup: String, Sendable, CaseIterable {
    case health
    case metadata
    case inference
    case sharedMemory = "shared-memory"
    case modelConfiguration = "model-config"
    case modelRepository = "model-repository"
    case statistics
    case trace
    case logging
    case metrics

    /// Whether answers are tensors or tables, worth compressing. Triton compresses nothing else, and its client for asyncio
    /// accepts gzip for everything but inflates inferences alone.
    var hasLargeAnswers: Bool { self == .inference || self == .metrics }
}
