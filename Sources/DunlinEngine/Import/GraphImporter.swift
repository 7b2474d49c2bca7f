import DunlinBytes
package import DunlinInference
package import DunlinONNX
import DunlinTensor

/// Turns a file's graph into one that the engine can plan: names become indexes, nodes become operators.
package struct GraphImporter {
    private let opsets: [String: Int]
    private var graph = Graph()
    private var indexes: [String: Int] = [:]
    private var lacking: [LackingOperator] = []

    /// - Throws: `.invalidArgument` when the file contradicts itself; `.unsupported`, with the list of all operators
    ///   that are lacking, when another backend might run it.
    package static func graph(of model: ONNXModel) throws(InferError) -> Graph {
        let inlined = try FunctionInliner.inlined(model)
        var importer = GraphImporter(opsets: inlined.opsets)
        try importer.read(inlined.graph)
        guard importer.lacking.isEmpty else { throw LackingOperator.error(importer.lacking) }
        return importer.graph
    }

    /// The operators of a model that this engine lacks, whatever else is wrong with it.
    package static func lackingOperators(of model: ONNXModel) -> [LackingOperator] {
        guard let inlined = try? FunctionInliner.inlined(model) else { return [] }
        var importer = GraphImporter(opsets: inlined.opsets)
        try? importer.read(inlined.graph)
        return importer.lacking
    }

    /// Whether the graph is a node's attribute. Then its inputs need no type, and outputs may repeat a value.
    private let isSubgraph: Bool

    private init(opsets: [String: Int], isSubgraph: Bool = false) {
        self.opsets = opsets
        self.isSubgraph = isSubgraph
    }

    /// - Parameter outer: Values of outer graphs that this one names.
    private mutating func read(_ original: ONNXGraph, outer: [Graph.Value] = []) throws(InferError) {
        let file = SequenceElimination.rewritten(original, opset: opsets[""] ?? 0)
        for initializer in file.initializers {
            guard !initializer.name.isEmpty else {
                throw InferError(.invalidArgument, "an initializer has no name")
            }
            try define(Graph.Value(name: initializer.name, declared: TensorFact(constant: initializer.tensor)))
        }
        for input in file.inputs {
            // Files up to IR version 3 list initializers as inputs too; later ones do so for values that a caller
            // may replace, which V2 has no way to express.
            if let known = indexes[input.name], graph.values[known].constant != nil { continue }
            let fact = try declaredFact(of: input, role: "input")
            graph.inputs.append(try define(Graph.Value(name: input.name, declared: fact)))
        }
        for value in outer {
            let index = try define(value)
            if value.constant == nil { graph.inputs.append(index) }
        }
        for index in file.sortedNodes { try add(file.nodes[index], index) }
        var seen: Set<String> = []
        for output in file.outputs {
            guard let value = indexes[output.name] else {
                throw InferError(.invalidArgument, "output '\(output.name)' is made by no node")
            }
            guard seen.insert(output.name).inserted || isSubgraph else {
                throw InferError(.invalidArgument, "output '\(output.name)' is listed twice")
            }
            if graph.values[value].declared == nil, !isSubgraph, case .tensor = output.type {
                graph.values[value].declared = try Self.fact(of: output, role: "output")
            }
            graph.outputs.append(Graph.Output(name: output.name, value: value))
        }
        guard !graph.outputs.isEmpty else { throw InferError(.invalidArgument, "the graph has no outputs") }
    }

    @discardableResult private mutating func define(_ value: Graph.Value) throws(InferError) -> Int {
        do throws(InferError) { try value.declared?.checkLimits() } catch {
            throw error.within("value '\(value.name)'")
        }
        let index = graph.add(value)
        guard indexes.updateValue(index, forKey: value.name) == nil else {
            throw InferError(.invalidArgument, "value '\(value.name)' is defined twice")
        }
        return index
    }

    private mutating func add(_ given: ONNXNode, _ index: Int) throws(InferError) {
        let file = withoutSurplusInputs(given)
        let name = file.name.isEmpty ? "\(file.type)_\(index)" : file.name
        let place = "node '\(name)' (\(file.type))"
        var inputs: [Int?] = []
        for input in file.inputs {
            if input.isEmpty {
                inputs.append(nil)
            } else if let value = indexes[input] {
                inputs.append(value)
            } else {
                throw InferError(
                    .invalidArgument, "\(place): input '\(input)' is made by no node before it and is no graph input")
            }
        }
        var captured: [Int] = []
        let lackingBefore = lacking.count
        let subgraphs = try subgraphs(of: file, place, &captured)
        // Only with all its graphs complete can the operator be made.
        let body = lacking.count == lackingBefore ? try makeBody(file, name, place, subgraphs) : nil
        inputs += captured
        var outputs: [Int?] = []
        // No pass folds constants inside graphs that are attributes.
        let constant = isSubgraph && file.outputs.count == 1 ? (body as? Constant)?.tensor : nil
        for output in file.outputs {
            let value = Graph.Value(name: output, declared: constant.map(TensorFact.init(constant:)))
            outputs.append(output.isEmpty ? nil : try define(value))
        }
        guard outputs.contains(where: { $0 != nil }) else {
            throw InferError(.invalidArgument, "\(place): the node has no outputs")
        }
        guard let body, constant == nil else { return }
        // An output at the end that has no name is not asked for, whether or not the operator knows it.
        while case .some(nil) = outputs.last { outputs.removeLast() }
        graph.nodes.append(
            GraphNode(
                name: name, domain: file.domain, type: file.type, body: body, inputs: inputs, outputs: outputs))
    }

    /// The node without names of nothing at the end of its inputs, which say no more than the inputs' number where that
    /// is bounded.
    private func withoutSurplusInputs(_ file: ONNXNode) -> ONNXNode {
        guard let opset = file.opset ?? opsets[file.domain],
            let entry = Operators.entry(domain: file.domain, name: file.type, opset: opset), !entry.isVariadic
        else { return file }
        var file = file
        while file.inputs.count > entry.inputs.upperBound, file.inputs.last == "" { file.inputs.removeLast() }
        return file
    }

    /// The node's operator, or `nil` when it was added to the list of lacking ones.
    private mutating func makeBody(
        _ file: ONNXNode, _ name: String, _ place: String, _ subgraphs: [String: ImportedSubgraph]
    ) throws(InferError) -> (any Operator)? {
        let opset = file.opset ?? opsets[file.domain]
        var lack = LackingOperator(domain: file.domain, type: file.type, opset: opset ?? 0, node: name, reason: "")
        guard let opset else {
            throw InferError(.invalidArgument, "\(place): the model imports no opset of domain '\(file.domain)'")
        }
        if let newest = Operators.newestOpset[file.domain], opset > newest {
            lack.reason = "opset \(opset) is newer than \(newest)"
            lacking.append(lack)
            return nil
        }
        guard let entry = Operators.entry(domain: file.domain, name: file.type, opset: opset) else {
            lack.reason =
                Operators.contains(domain: file.domain, name: file.type)
                ? "not in this opset version" : "not in the engine's table"
            lacking.append(lack)
            return nil
        }
        let given = file.inputs.map { !$0.isEmpty }
        guard entry.inputs.contains(given.count), given.prefix(entry.inputs.lowerBound).allSatisfy({ $0 }) else {
            throw InferError(
                .invalidArgument,
                "\(place): the node has \(given.filter { $0 }.count) inputs, the operator takes "
                    + "\(entry.inputs.lowerBound) to \(entry.inputs.upperBound)")
        }
        if entry.isVariadic, let absent = given.firstIndex(of: false) {
            throw InferError(
                .invalidArgument, "\(place): input \(absent) is left out; the operator needs all that are listed")
        }
        var attributes: [String: ONNXAttribute.Value] = [:]
        for attribute in file.attributes {
            guard attributes.updateValue(attribute.value, forKey: attribute.name) == nil else {
                throw InferError(.invalidArgument, "\(place): attribute '\(attribute.name)' is given twice")
            }
        }
        let node = Node(
            name: name, domain: file.domain, type: file.type, opset: opset, givenInputs: given,
            givenOutputs: file.outputs.map { !$0.isEmpty }, attributes: attributes, subgraphs: subgraphs)
        do throws(InferError) {
            let body = try entry.make(node)
            let unasked = node.unaskedAttributes
            guard unasked.isEmpty else {
                throw InferError(.unsupported, "unknown attribute '\(unasked.joined(separator: "', '"))'")
            }
            return body
        } catch {
            guard error.code == .unsupported else { throw error.within(place) }
            lack.reason = error.message
            lacking.append(lack)
            return nil
        }
    }

    /// The graphs among a node's attributes.
    ///
    /// - Parameter captured: Set to the values that the graphs take from this one, in the order of the node's inputs
    ///   behind those that the file gives.
    private mutating func subgraphs(
        of file: ONNXNode, _ place: String, _ captured: inout [Int]
    ) throws(InferError) -> [String: ImportedSubgraph] {
        var found: [String: ImportedSubgraph] = [:]
        for attribute in file.attributes {
            guard case .graph(let inner) = attribute.value else { continue }
            var importer = GraphImporter(opsets: opsets, isSubgraph: true)
            var outer: [Graph.Value] = []
            var positions: [Int] = []
            var places = Dictionary(
                captured.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            for name in inner.outerNames {
                // A name that is not known here either is refused where it is used.
                guard let value = indexes[name] else { continue }
                let constant = graph.values[value].constant
                outer.append(Graph.Value(name: name, declared: constant.map(TensorFact.init(constant:))))
                guard constant == nil else { continue }
                let place = places[value] ?? captured.count
                if place == captured.count {
                    captured.append(value)
                    places[value] = place
                }
                positions.append(file.inputs.count + place)
            }
            do throws(InferError) { try importer.read(inner, outer: outer) } catch {
                throw error.within("\(place): attribute '\(attribute.name)'")
            }
            lacking += importer.lacking
            found[attribute.name] = ImportedSubgraph(
                graph: importer.graph, formalCount: importer.graph.inputs.count - positions.count, captured: positions)
        }
        return found
    }

    /// The declared type of a graph input; a subgraph may leave it out.
    private func declaredFact(of value: ONNXValue, role: String) throws(InferError) -> TensorFact? {
        if isSubgraph, case .unknown = value.type { return nil }
        return try Self.fact(of: value, role: role)
    }

    /// The declared type of a graph input or output.
    private static func fact(of value: ONNXValue, role: String) throws(InferError) -> TensorFact {
        switch value.type {
        case .tensor(let dataType, let dimensions):
            return TensorFact(
                dataType,
                dimensions?.map {
                    if case .fixed(let extent) = $0 { extent } else { -1 }
                })
        case .unknown: throw InferError(.invalidArgument, "\(role) '\(value.name)' has no type")
        case .sequence, .map:
            throw InferError(.unsupported, "\(role) '\(value.name)' is a sequence or map, which V2 cannot carry")
        case .other(let name):
            throw InferError(.unsupported, "\(role) '\(value.name)' is a \(name), which V2 cannot carry")
        }
    }
}
