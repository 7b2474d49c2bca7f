package import DunlinInference
import DunlinKernels
package import DunlinTensor
import Synchronization

/// A model that the native engine has read, checked and optimised.
package final class NativeModel: LoadedModel {
    package let signature: ModelSignature
    package let platform = "onnx_dunlin"
    package let properties: [String: String]
    package let memoryByteCount: Int
    package let graph: Graph
    private let options: EngineOptions
    /// What kernels of this model may share their work with.
    let threads: Threads
    private let plans = Mutex(PlanCache<[Shape]>())

    init(signature: ModelSignature, graph: Graph, properties: [String: String], options: EngineOptions) {
        self.options = options
        if options.threads > 1 { KernelPool.shared.reserve(threadCount: options.threads) }
        threads = Threads(.shared, count: options.threads)
        self.signature = signature
        self.graph = graph
        self.properties = properties
        memoryByteCount = graph.constantByteCount + graph.nodes.reduce(0) { $0 + $1.body.memoryByteCount }
    }

    package func makeInstance() throws(InferError) -> any ModelInstance { NativeInstance(self) }

    /// The plan for inputs of these shapes: kept, or made now.
    package func plan(for shapes: [Shape]) throws(InferError) -> Plan {
        if let known = plans.withLock({ $0[shapes] }) { return known }
        let plan = try Plan.make(graph, inputShapes: shapes, byteLimit: options.maxRunByteCount)
        return plans.withLock { $0.keep(plan, for: shapes) }
    }

    /// How many plans are kept now.
    package var planCount: Int { plans.withLock { $0.count } }
}
