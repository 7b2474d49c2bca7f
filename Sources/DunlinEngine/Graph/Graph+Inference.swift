package import DunlinInference
import DunlinTensor

extension Graph {
    /// Constants that planning makes are kept up to this size; larger ones are computed by each run.
    package static let mostFoldedByteCount = 16 << 20

    /// What is known of every value, given what is known of the inputs. Nodes whose inputs are all constant are
    /// evaluated on the way, so that shape arithmetic is gone before anything runs.
    ///
    /// - Parameter given: One fact for each of `inputs`.
    package func facts(given: [TensorFact]) throws(InferError) -> [TensorFact?] {
        var facts: [TensorFact?] = values.map { $0.constant != nil || $0.isPacked ? $0.declared : nil }
        for (input, fact) in zip(inputs, given) {
            do throws(InferError) { try fact.checkLimits() } catch {
                throw error.within("input '\(values[input].name)'")
            }
            facts[input] = fact
        }
        for node in nodes {
            let found: [TensorFact]
            do throws(InferError) {
                found = try Self.facts(of: node, InputFacts(node.inputs.map { $0.flatMap { facts[$0] } }))
            } catch { throw error.within(node.place) }
            guard found.count >= node.outputs.count else {
                throw InferError(
                    .invalidArgument,
                    "\(node.place): the node has \(node.outputs.count) outputs, the operator \(found.count)")
            }
            for (output, fact) in zip(node.outputs, found) {
                if let output { facts[output] = fact }
            }
        }
        return facts
    }

    private static func facts(of node: GraphNode, _ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let inferred = try node.body.infer(inputs)
        for fact in inferred { try fact.checkLimits() }
        if inferred.allSatisfy({ $0.constant != nil }) { return inferred }
        let constants = inputs.facts.map { $0?.constant }
        guard node.body.isDeterministic, zip(inputs.facts, constants).allSatisfy({ $0 == nil || $1 != nil }),
            inferred.allSatisfy({ ($0.elementCount ?? 0) * ($0.dataType.byteCount ?? 8) <= mostFoldedByteCount })
        else { return inferred }
        let computed: [Tensor]
        do throws(InferError) {
            computed = try evaluate(node.body, constants, byteLimit: mostFoldedByteCount)
        } catch {
            // How large texts get only moving them tells.
            guard error.code == .resourceExhausted else { throw error }
            return inferred
        }
        return zip(inferred, computed).map { fact, tensor in
            var known = TensorFact(constant: tensor)
            known.labels = fact.labels
            return known
        }
    }
}
