package import DunlinBytes
package import DunlinInference

/// The shared memory that one request may name. What a name means does not change from the request's decoding to its
/// answer, whatever is registered and unregistered meanwhile.
package protocol SharedMemoryAccess: Sendable {
    /// - Throws: `.notFound` when there is no such region, `.invalidArgument` when `place` reaches beyond it.
    func check(_ place: SharedMemoryPlace) throws(InferError)

    /// A copy of the bytes there, aligned to 16.
    func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes

    /// Puts `bytes` at the beginning of `place`.
    ///
    /// - Throws: `.invalidArgument` when there are more of them than `place` holds.
    func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError)
}

extension InferError {
    /// What every use of shared memory is answered where the operator did not allow it, in Triton's words.
    package static let sharedMemoryDisabled = InferError(
        .unsupported,
        "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.")
}
