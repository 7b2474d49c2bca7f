package import DunlinInference
package import DunlinTensor
import DunlinKernels

/// Where a model's time goes: one line for each step of a run.
package struct ModelProfile: Sendable {
    package struct Step: Sendable {
        /// The node's name in the file, or its first output's where it has none.
        package let node: String
        /// The operator after the passes: `MatMul+Add`.
        package let type: String
        /// Which way to compute it was chosen; empty where there is one.
        package let variant: String
        /// What it makes: `FP32 [1,64,56,56]`.
        package let output: String
        /// Mean of one run.
        package let microseconds: Double
        /// Two for each multiply-add, where these are what it costs; else 0.
        package let floatingPointOperations: Int
        /// Bytes read and written, constants included; 0 where only the run can tell.
        package let byteCount: Int
    }

    package let steps: [Step]
    package let runs: Int
    package let threads: Int
    /// Of one core, in GFLOP/s: a loop of multiply-adds on registers.
    package let peak: Double

    package var microseconds: Double { steps.reduce(0) { $0 + $1.microseconds } }
}

extension Model {
    /// Runs the model and measures each step.
    ///
    /// - Parameters:
    ///   - inputs: One tensor for each input of the signature.
    ///   - runs: How often; the first, which is not counted, plans.
    package func profile(_ inputs: [String: Tensor], runs: Int) throws(InferError) -> ModelProfile {
        let request = InferRequest(model: "model", inputs: inputs.map { NamedTensor($0.key, $0.value) })
        return try loaded.profile(try request.inputs(checkedAgainst: signature), runs: runs)
    }
}

extension NativeModel {
    func profile(_ inputs: [NamedTensor], runs: Int) throws(InferError) -> ModelProfile {
        let instance = NativeInstance(self)
        _ = try instance.execute(inputs)
        let plan = try plan(for: inputs.map(\.tensor.shape))
        let times = UnsafeMutablePointer<Double>.allocate(capacity: max(plan.steps.count, 1))
        defer { times.deallocate() }
        times.initialize(repeating: 0, count: plan.steps.count)
        for _ in 0..<runs { try instance.profile(inputs, times: times) }
        let steps = plan.stepFacts.enumerated().map { index, facts in
            let node = graph.nodes[facts.node]
            let output = node.outputs.first.flatMap { $0 }.map { graph.values[$0].name } ?? ""
            return ModelProfile.Step(
                node: node.name.isEmpty ? output : node.name, type: node.type, variant: facts.variant,
                output: facts.outputs.first.map { "\($0)" } ?? "",
                microseconds: times[index] / Double(runs) / 1000,
                floatingPointOperations: 2 * facts.multiplyAdds, byteCount: facts.byteCount)
        }
        return ModelProfile(steps: steps, runs: runs, threads: threads.count, peak: KernelTable.current.measuredPeak())
    }
}
