import DunlinInference
import DunlinTensor
import Glibc

/// One step of training: `Momentum`, `Adagrad` and `Adam` of the domain `ai.onnx.preview.training`.
///
/// Inputs: learning rate, number of the step, then all tensors, all their gradients, and all their states. Outputs: the
/// new tensors, then the new states.
struct OptimizerStep: Operator {
    private enum Method: Sendable {
        case momentum(alpha: Double, beta: Double, isNesterov: Bool)
        case adagrad(decay: Double, epsilon: Double)
        case adam(alpha: Double, beta: Double, epsilon: Double, shrinkage: Double)

        var stateCount: Int { if case .adam = self { 2 } else { 1 } }
    }

    private let method: Method
    /// How much of a tensor is added to its gradient.
    private let regularization: Double
    private let tensorCount: Int

    static func momentum(_ node: Node) throws(InferError) -> any Operator {
        guard let alpha = try node.float("alpha") else { throw node.missing("alpha") }
        guard let beta = try node.float("beta") else { throw node.missing("beta") }
        let mode = try node.string("mode", default: "")
        guard mode == "standard" || mode == "nesterov" else {
            throw InferError(.invalidArgument, "attribute 'mode' must be standard or nesterov, it is '\(mode)'")
        }
        return try OptimizerStep(
            node, .momentum(alpha: Double(alpha), beta: Double(beta), isNesterov: mode == "nesterov"))
    }

    static func adagrad(_ node: Node) throws(InferError) -> any Operator {
        try OptimizerStep(
            node,
            .adagrad(
                decay: Double(try node.float("decay_factor", default: 0)),
                epsilon: Double(try node.float("epsilon", default: 1e-6))))
    }

    static func adam(_ node: Node) throws(InferError) -> any Operator {
        try OptimizerStep(
            node,
            .adam(
                alpha: Double(try node.float("alpha", default: 0.9)),
                beta: Double(try node.float("beta", default: 0.999)),
                epsilon: Double(try node.float("epsilon", default: 1e-6)),
                shrinkage: Double(try node.float("norm_coefficient_post", default: 0))))
    }

    private init(_ node: Node, _ method: Method) throws(InferError) {
        self.method = method
        regularization = Double(try node.float("norm_coefficient", default: 0))
        let (given, perTensor) = (node.givenInputs.count - 2, 2 + method.stateCount)
        guard given > 0, given % perTensor == 0, node.givenInputs.allSatisfy({ $0 }) else {
            throw InferError(
                .invalidArgument, "\(given) inputs after the first two, \(perTensor) belong to each tensor")
        }
        tensorCount = given / perTensor
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp64])
        try inputs.require(1, isOneOf: [.int64])
        for index in 0...1 {
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
        var facts: [TensorFact] = []
        for tensor in 0..<tensorCount {
            let first = inputs[2 + tensor]
            try inputs.require(2 + tensor, isOneOf: [.fp32, .fp64])
            for part in 1..<2 + method.stateCount {
                let other = inputs[2 + part * tensorCount + tensor]
                guard other.dataType == first.dataType,
                    other.extents == first.extents || !(first.isComplete && other.isComplete)
                else { throw InferError(.invalidArgument, "a tensor is \(first), its gradient or state \(other)") }
            }
            facts.append(TensorFact(first.dataType, first.extents))
        }
        return (0...method.stateCount).flatMap { _ in facts }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let rate = try NumberAccess(inputs[0].dataType)
        let access = try (0..<tensorCount).map { (tensor) throws(InferError) in
            try NumberAccess(inputs[2 + tensor].dataType)
        }
        let counts = (0..<tensorCount).map { inputs[2 + $0].shape.elementCount }
        let (tensors, states) = (tensorCount, method.stateCount)
        return Kernel { buffers in
            let learningRate = rate.number(buffers.bytes(ofInput: 0), 0)
            let step = Double(buffers.input(1, as: Int64.self)[0])
            for tensor in 0..<tensors {
                for index in 0..<counts[tensor] {
                    let number = { (part: Int) in
                        access[tensor].number(buffers.bytes(ofInput: 2 + part * tensors + tensor), index)
                    }
                    let x = number(0)
                    let made = update(
                        x, number(1) + regularization * x, number(2), states > 1 ? number(3) : 0, learningRate, step)
                    for (part, value) in [made.0, made.1, made.2].prefix(states + 1).enumerated() {
                        let output = buffers.bytes(ofOutput: part * tensors + tensor)
                        if !output.isEmpty { access[tensor].store(value, output, index) }
                    }
                }
            }
        }
    }

    /// One element's new value and states.
    private func update(
        _ x: Double, _ gradient: Double, _ first: Double, _ second: Double, _ rate: Double, _ step: Double
    ) -> (Double, Double, Double) {
        switch method {
        case .momentum(let alpha, let beta, let isNesterov):
            let velocity = alpha * first + (step > 0 ? beta : 1) * gradient
            return (x - rate * (isNesterov ? gradient + alpha * velocity : velocity), velocity, 0)
        case .adagrad(let decay, let epsilon):
            let squares = first + gradient * gradient
            return (x - rate / (1 + step * decay) * gradient / (squares.squareRoot() + epsilon), squares, 0)
        case .adam(let alpha, let beta, let epsilon, let shrinkage):
            let mean = alpha * first + (1 - alpha) * gradient
            let squares = beta * second + (1 - beta) * gradient * gradient
            let adjusted = step > 0 ? rate * (1 - pow(beta, step)).squareRoot() / (1 - pow(alpha, step)) : rate
            return ((1 - shrinkage) * (x - adjusted * mean / (squares.squareRoot() + epsilon)), mean, squares)
        }
    }
}
