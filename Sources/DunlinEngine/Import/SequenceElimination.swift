import DunlinBytes
import DunlinInference
import DunlinONNX
import DunlinTensor

/// Rewrites a graph's sequences and optionals into plain values, where the file alone tells how many elements each
/// sequence has and which of them is meant.
///
/// Exporters make sequences to split, pick and join tensors: `SplitToSequence` and `SequenceAt` become `Split`,
/// `SequenceConstruct` and `ConcatFromSequence` become `Concat`. Sequences that a loop fills become stacks of tensors of
/// one shape. A graph with any other use of a sequence stays as it is; its operators are then refused by name.
struct SequenceElimination {
    /// The most elements of one sequence.
    static let mostElements = 1 << 12
    /// The most elements of all sequences of a graph: each operator on one makes a list of its own.
    static let mostHeldElements = 1 << 20

    private enum Failure: Error { case stays }

    private let opset: Int
    private var constants: [String: Tensor] = [:]
    private var extents: [String: [ONNXType.Dimension]] = [:]
    private var sequences: [String: [String]] = [:]
    /// The tensor whose first axis walks along a sequence that a loop filled.
    private var stacks: [String: String] = [:]
    private var heldCount = 0
    private var graph: ONNXGraph
    private var nodes: [ONNXNode] = []

    static func rewritten(_ graph: ONNXGraph, opset: Int) -> ONNXGraph {
        guard graph.nodes.contains(where: { isOurs($0) }) else { return graph }
        var elimination = SequenceElimination(graph, opset)
        do {
            for node in graph.nodes { try elimination.add(node) }
            for output in graph.outputs where elimination.isSequence(output.name) { return graph }
        } catch { return graph }
        elimination.graph.nodes = elimination.nodes
        return elimination.graph
    }

    private static let types: Set<String> = [
        "SequenceEmpty", "SequenceConstruct", "SequenceInsert", "SequenceErase", "SequenceAt", "SequenceLength",
        "ConcatFromSequence", "SplitToSequence", "Optional", "OptionalHasElement", "OptionalGetElement",
    ]

    private static func isOurs(_ node: ONNXNode) -> Bool { node.domain.isEmpty && types.contains(node.type) }

    private init(_ graph: ONNXGraph, _ opset: Int) {
        self.graph = graph
        self.opset = opset
        for initializer in graph.initializers {
            constants[initializer.name] = initializer.tensor
            extents[initializer.name] = initializer.tensor.shape.dimensions.map { .fixed($0) }
        }
        for value in graph.inputs + graph.values {
            if case .tensor(_, let dimensions?) = value.type, extents[value.name] == nil {
                extents[value.name] = dimensions
            }
        }
    }

    // MARK: Nodes

    private mutating func add(_ node: ONNXNode) throws(Failure) {
        guard Self.isOurs(node) else {
            if node.type == "Constant", let output = node.outputs.first { constants[output] = Self.constant(node) }
            let inner = node.attributes.flatMap { (attribute) -> [String] in
                if case .graph(let graph) = attribute.value { graph.outerNames } else { [] }
            }
            if node.type == "Identity", let elements = sequences[node.inputs.first ?? ""], node.outputs.count == 1 {
                try hold(elements, node.outputs[0])
                return
            }
            if node.type == "Identity", let stack = stacks[node.inputs.first ?? ""], node.outputs.count == 1 {
                stacks[node.outputs[0]] = stack
                return
            }
            guard !(node.inputs + inner).contains(where: isSequence) else {
                guard node.domain.isEmpty, node.type == "Loop" else { throw .stays }
                try addLoop(node)
                return
            }
            nodes.append(node)
            return
        }
        guard node.outputs.count == 1, let output = node.outputs.first, !output.isEmpty else { throw .stays }
        if let stack = stacks[node.inputs.first ?? ""] {
            try read(stack, node, output)
            return
        }
        switch node.type {
        case "SequenceEmpty": try hold([], output)
        case "SequenceConstruct": try hold(try elements(node.inputs), output)
        case "SequenceInsert": try insert(node, output)
        case "SequenceErase": try erase(node, output)
        case "SequenceAt":
            let elements = try sequence(node)
            alias(elements[try position(node, 1, elements.count, last: elements.count - 1)], output)
        case "SequenceLength": addConstant(Tensor([Int64(try sequence(node).count)], shape: []), output)
        case "ConcatFromSequence": try concatenate(node, output)
        case "SplitToSequence": try split(node, output)
        case "OptionalHasElement": addConstant(Tensor([node.inputs.contains { !$0.isEmpty }], shape: []), output)
        default: try unwrap(node, output)
        }
    }

    private func isSequence(_ name: String) -> Bool { sequences[name] != nil || stacks[name] != nil }

    private mutating func addLoop(_ node: ONNXNode) throws(Failure) {
        let loop = LoopSequences(node, isSequence: isSequence, isEmpty: { sequences[$0]?.isEmpty ?? false })
        guard let loop else { throw .stays }
        for attribute in loop.loop.attributes {
            guard case .graph(let body) = attribute.value else { continue }
            guard !body.outerNames.contains(where: isSequence) else { throw .stays }
        }
        stacks.merge(loop.stacks) { _, new in new }
        nodes.append(loop.loop)
    }

    /// What is asked of a sequence that a loop filled.
    private mutating func read(_ stack: String, _ node: ONNXNode, _ output: String) throws(Failure) {
        switch node.type {
        case "SequenceAt" where node.inputs.count == 2:
            nodes.append(Self.node("Gather", [stack, node.inputs[1]], [output], [("axis", .int(0))]))
        case "SequenceLength":
            let first = "\(output)/first"
            nodes.append(Self.node("Shape", [stack], ["\(output)/extents"], []))
            addConstant(Tensor([Int64(0)], shape: []), first)
            nodes.append(Self.node("Gather", ["\(output)/extents", first], [output], [("axis", .int(0))]))
        case "ConcatFromSequence" where Self.int(node, "axis") == 0:
            if Self.int(node, "new_axis") ?? 0 != 0 {
                alias(stack, output)
            } else {
                try join(stack, output)
            }
        default: throw .stays
        }
    }

    /// `[N, D, …]` becomes `[N·D, …]`.
    private mutating func join(_ stack: String, _ output: String) throws(Failure) {
        guard opset >= 14 else { throw .stays }
        func name(_ part: String) -> String { "\(output)/\(part)" }
        for (key, value) in [("zero", 0), ("two", 2), ("end", Int64.max)] as [(String, Int64)] {
            addConstant(Tensor([value], shape: [1]), name(key))
        }
        nodes.append(Self.node("Shape", [stack], [name("extents")], []))
        nodes.append(Self.node("Slice", [name("extents"), name("zero"), name("two")], [name("outer")], []))
        nodes.append(Self.node("Slice", [name("extents"), name("two"), name("end")], [name("inner")], []))
        nodes.append(
            opset >= 18
                ? Self.node("ReduceProd", [name("outer"), name("zero")], [name("rows")], [])
                : Self.node("ReduceProd", [name("outer")], [name("rows")], [("axes", .ints([0]))]))
        nodes.append(Self.node("Concat", [name("rows"), name("inner")], [name("shape")], [("axis", .int(0))]))
        nodes.append(Self.node("Reshape", [stack, name("shape")], [output], [("allowzero", .int(1))]))
    }

    /// `Optional` and `OptionalGetElement` of something that is there.
    private mutating func unwrap(_ node: ONNXNode, _ output: String) throws(Failure) {
        guard let input = node.inputs.first, !input.isEmpty else { throw .stays }
        if let elements = sequences[input] {
            try hold(elements, output)
        } else {
            alias(input, output)
        }
    }

    private mutating func insert(_ node: ONNXNode, _ output: String) throws(Failure) {
        var elements = try sequence(node)
        guard node.inputs.count >= 2 else { throw .stays }
        let position = try position(node, 2, elements.count, last: elements.count)
        elements.insert(node.inputs[1], at: position)
        try hold(try self.elements(elements), output)
    }

    private mutating func erase(_ node: ONNXNode, _ output: String) throws(Failure) {
        var elements = try sequence(node)
        elements.remove(at: try position(node, 1, elements.count, last: elements.count - 1))
        try hold(elements, output)
    }

    private mutating func concatenate(_ node: ONNXNode, _ output: String) throws(Failure) {
        var elements = try sequence(node)
        guard let axis = Self.int(node, "axis"), !elements.isEmpty else { throw .stays }
        if Self.int(node, "new_axis") ?? 0 != 0 {
            for (index, element) in elements.enumerated() {
                elements[index] = "\(output)/\(index)"
                addAxes("Unsqueeze", element, elements[index], Int(axis))
            }
        }
        nodes.append(Self.node("Concat", elements, [output], [("axis", .int(axis))]))
    }

    private mutating func split(_ node: ONNXNode, _ output: String) throws(Failure) {
        let axis = Int(Self.int(node, "axis") ?? 0)
        guard let input = node.inputs.first else { throw .stays }
        let sizesName = node.inputs.count > 1 && !node.inputs[1].isEmpty ? node.inputs[1] : nil
        var sizes: [Int]?
        var count: Int?
        if let sizesName, let shape = extents[sizesName], shape.count == 1 {
            sizes = constants[sizesName].flatMap { TensorFact(constant: $0).integers }
            if case .fixed(let stated) = shape[0] { count = stated }
        } else {
            let chunk = sizesName.map { constants[$0].flatMap { TensorFact(constant: $0).integers?.first } } ?? 1
            guard let chunk, chunk > 0, let extent = extent(input, axis), extent / chunk < Self.mostElements else {
                throw .stays
            }
            sizes = stride(from: 0, to: extent, by: chunk).map { min(chunk, extent - $0) }
        }
        guard let count = sizes?.count ?? count, count <= Self.mostElements else { throw .stays }
        var parts = (0..<count).map { "\(output)/\($0)" }
        try hold(parts, output)
        guard count > 0 else { return }
        if sizesName == nil, Self.int(node, "keepdims") ?? 1 == 0 {
            let names = parts
            parts = names.map { $0 + "/kept" }
            addSplit(input, sizesName, sizes, parts, axis)
            for (kept, name) in zip(parts, names) { addAxes("Squeeze", kept, name, axis) }
        } else {
            addSplit(input, sizesName, sizes, parts, axis)
        }
    }

    private mutating func addSplit(
        _ input: String, _ sizesName: String?, _ sizes: [Int]?, _ parts: [String], _ axis: Int
    ) {
        var split = Self.node("Split", [input], parts, [("axis", .int(Int64(axis)))])
        if let sizes {
            if opset >= 13 {
                let name = "\(parts[0])/sizes"
                graph.initializers.append(
                    ONNXInitializer(name: name, tensor: Tensor(sizes.map(Int64.init), shape: [sizes.count])))
                split.inputs.append(name)
            } else {
                split.attributes.append(ONNXAttribute(name: "split", value: .ints(sizes.map(Int64.init))))
            }
        } else if let sizesName, opset >= 13 {
            split.inputs.append(sizesName)
        } else {
            // How many parts there are is known, where they end is not: enough for their number alone.
            return
        }
        nodes.append(split)
    }

    // MARK: Parts

    private mutating func hold(_ elements: [String], _ output: String) throws(Failure) {
        heldCount += elements.count
        guard heldCount <= Self.mostHeldElements else { throw .stays }
        sequences[output] = elements
    }

    private func sequence(_ node: ONNXNode) throws(Failure) -> [String] {
        guard let elements = sequences[node.inputs.first ?? ""] else { throw .stays }
        return elements
    }

    /// Checks that the names are tensors, and not too many.
    private func elements(_ names: [String]) throws(Failure) -> [String] {
        guard names.count <= Self.mostElements, names.allSatisfy({ !$0.isEmpty && !isSequence($0) }) else {
            throw .stays
        }
        return names
    }

    /// - Parameter last: The position without the input, and the last that is allowed.
    private func position(_ node: ONNXNode, _ index: Int, _ count: Int, last: Int) throws(Failure) -> Int {
        var found = last
        if node.inputs.count > index, !node.inputs[index].isEmpty {
            guard let tensor = constants[node.inputs[index]], tensor.elementCount == 1,
                let given = TensorFact(constant: tensor).integers?.first
            else { throw .stays }
            found = given < 0 ? given + count : given
        }
        guard found >= 0, found <= last else { throw .stays }
        return found
    }

    private func extent(_ name: String, _ axis: Int) -> Int? {
        guard let dimensions = extents[name], let axis = try? normalized(axis: axis, rank: dimensions.count),
            case .fixed(let extent) = dimensions[axis]
        else { return nil }
        return extent
    }

    private mutating func alias(_ name: String, _ output: String) {
        nodes.append(Self.node("Identity", [name], [output], []))
    }

    private mutating func addConstant(_ tensor: Tensor, _ output: String) {
        nodes.append(Self.node("Constant", [], [output], [("value", .tensor(tensor))]))
        constants[output] = tensor
    }

    /// `Squeeze` or `Unsqueeze` of one axis.
    private mutating func addAxes(_ type: String, _ input: String, _ output: String, _ axis: Int) {
        guard opset >= 13 else {
            nodes.append(Self.node(type, [input], [output], [("axes", .ints([Int64(axis)]))]))
            return
        }
        let name = "\(output)/axes"
        graph.initializers.append(ONNXInitializer(name: name, tensor: Tensor([Int64(axis)], shape: [1])))
        nodes.append(Self.node(type, [input, name], [output], []))
    }

    private static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [(String, ONNXAttribute.Value)]
    ) -> ONNXNode {
        var node = ONNXNode()
        node.type = type
        node.inputs = inputs
        node.outputs = outputs
        node.attributes = attributes.map { ONNXAttribute(name: $0.0, value: $0.1) }
        return node
    }

    private static func int(_ node: ONNXNode, _ key: String) -> Int64? {
        for attribute in node.attributes where attribute.name == key {
            if case .int(let value) = attribute.value { return value }
        }
        return nil
    }

    private static func constant(_ node: ONNXNode) -> Tensor? {
        switch node.attributes.first?.value {
        case .tensor(let tensor): tensor
        case .int(let value): Tensor([value], shape: [])
        case .ints(let values): Tensor(values, shape: [values.count])
        default: nil
        }
    }
}
