import DunlinInference
import DunlinKernels

/// What all that one request runs has in common, graphs inside nodes included.
package struct RunScope {
    /// How often one request may run graphs inside nodes: loops whose condition always holds end here, and so do loops
    /// inside loops.
    package static let mostRuns = 1 << 20

    /// Threads that kernels may share their work with.
    let threads: Threads
    private(set) var runCount = 0

    init(threads: Threads = .one) { self.threads = threads }

    /// Counts one run of a graph inside a node.
    ///
    /// - Throws: `.resourceExhausted` beyond `mostRuns`.
    mutating func countRun() throws(InferError) {
        runCount += 1
        guard runCount <= Self.mostRuns else {
            throw InferError(
                .resourceExhausted, "the request ran graphs inside nodes \(Self.mostRuns) times, the limit")
        }
    }
}
