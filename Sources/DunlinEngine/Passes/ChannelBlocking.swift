import DunlinInference
import DunlinKernels
import DunlinTensor

/// Lets FP32 images flow between convolutions with their channels in registers (`BlockedImage`): convolutions, and the
/// pools, sums and activations between them, get blocked inputs and outputs; what else uses a value gets it unblocked.
///
/// A graph whose convolutions are all small is left alone: `SmallConvolution` is made for those.
struct ChannelBlocking: Pass {
    let name = "channel-blocking"

    /// Weights, and elements of an image's result, up to which a convolution is small.
    static let mostSmallElements = 1 << 16

    /// The largest magnitude that lanes without a channel may reach. A convolution multiplies them by 0, which is 0 only
    /// while they are finite: sums over windows, pools and Winograd's tiles stay far from the end of FP32 with it.
    static let mostSpareMagnitude: Float = 1e9

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let facts = try graph.facts(given: graph.inputFacts())
        guard graph.nodes.contains(where: { Self.isLarge($0, graph, facts) }) else { return graph }
        var blocking = BlockedGraph(graph, facts)
        for node in graph.nodes { blocking.add(node) }
        return blocking.finish()
    }

    private static func isLarge(_ node: GraphNode, _ graph: Graph, _ facts: [TensorFact?]) -> Bool {
        guard node.body is Conv, let weights = node.inputs[1].flatMap({ facts[$0]?.constant }),
            let output = node.outputs[0].flatMap({ facts[$0]?.extents }), output.count == 4
        else { return false }
        guard weights.elementCount <= mostSmallElements, !output[1...].contains(-1) else { return true }
        return Shape.elementCount(of: Array(output[1...])).map { $0 > mostSmallElements } ?? true
    }
}

/// The graph that `ChannelBlocking` writes, node by node.
private struct BlockedGraph {
    private var graph: Graph
    private let facts: [TensorFact?]
    private var nodes: [GraphNode] = []
    /// The blocked form of values of the original graph.
    private var blocked: [Int: Int] = [:]
    /// What the numbers in a blocked form's lanes without a channel do not exceed; 0 where all lanes have one.
    private var spareMagnitudes: [Int: Float] = [:]
    /// Values of the original graph that only exist blocked so far.
    private var lacking: Set<Int> = []

    init(_ graph: Graph, _ facts: [TensorFact?]) {
        self.graph = graph
        self.facts = facts
    }

    mutating func add(_ node: GraphNode) {
        if blockedForm(node) { return }
        for case let input? in node.inputs { unblock(input) }
        nodes.append(node)
    }

    mutating func finish() -> Graph {
        for output in graph.outputs { unblock(output.value) }
        graph.nodes = nodes
        return graph
    }

    // MARK: Values

    /// Channels of a value that may be blocked: an FP32 image whose channels are known.
    private func channels(_ value: Int?) -> Int? {
        guard let value, let fact = facts[value], fact.dataType == .fp32, let extents = fact.extents,
            extents.count == 4,
            extents[1] > 0
        else { return nil }
        return extents[1]
    }

    private func isBlocked(_ value: Int?) -> Bool { value.map { blocked[$0] != nil } ?? false }

    private mutating func newValue(_ name: String) -> Int { graph.add(Graph.Value(name: name)) }

    /// The blocked form of an image, made here where there is none yet.
    private mutating func block(_ value: Int) -> Int {
        if let known = blocked[value] { return known }
        let name = graph.values[value].name
        let made = newValue("\(name)/blocked")
        nodes.append(
            GraphNode(
                name: "\(name)/block", domain: "", type: "BlockChannels",
                body: BlockChannels(channels: channels(value)!), inputs: [value], outputs: [made]))
        blocked[value] = made
        spareMagnitudes[value] = 0
        return made
    }

    /// What lanes without a channel of these values do not exceed; blocked for the first time, they hold 0.
    private func spareMagnitude(_ values: [Int?]) -> Float {
        values.reduce(0) { max($0, $1.flatMap { spareMagnitudes[$0] } ?? 0) }
    }

    /// Whether all lanes of a value's blocked form have a channel.
    private func fillsLanes(_ value: Int?) -> Bool { channels(value).map { $0 % BlockedImage().lanes == 0 } ?? false }

    private mutating func unblock(_ value: Int) {
        guard lacking.remove(value) != nil, let source = blocked[value] else { return }
        nodes.append(
            GraphNode(
                name: "\(graph.values[value].name)/unblock", domain: "", type: "UnblockChannels",
                body: UnblockChannels(channels: channels(value)!), inputs: [source], outputs: [value]))
    }

    /// - Parameter spare: What the result's lanes without a channel do not exceed.
    private mutating func append(
        _ node: GraphNode, _ type: String, _ body: any Operator, _ inputs: [Int?], spare: Float
    ) {
        let output = node.outputs[0]!
        spareMagnitudes[output] = fillsLanes(output) ? 0 : spare
        let made = newValue("\(graph.values[output].name)/blocked")
        nodes.append(
            GraphNode(name: node.name, domain: node.domain, type: type, body: body, inputs: inputs, outputs: [made]))
        blocked[output] = made
        lacking.insert(output)
    }

    // MARK: Nodes

    /// Writes a node on blocked images; `false` where it must get its inputs as they are.
    private mutating func blockedForm(_ node: GraphNode) -> Bool {
        guard node.outputs.count == 1 || node.outputs.dropFirst().allSatisfy({ $0 == nil }),
            channels(node.outputs[0]) != nil
        else { return false }
        switch node.body {
        case let body as Conv: return convolution(node, body)
        case is BatchNormalization: return normalization(node)
        case let body as Arithmetic: return arithmetic(node, body)
        case is Concat: return concatenation(node)
        default: break
        }
        guard let input = node.inputs[0], let image = blocked[input], channels(input) != nil else { return false }
        let spare = spareMagnitude([input])
        switch node.body {
        case let body as Pool:
            guard let planes = body.planes else { return false }
            append(
                node, node.type, BlockedPool(pooling: planes.pooling, window: planes.window), [image], spare: spare)
        case let body as GlobalPool where body.reduction == .mean:
            append(node, node.type, BlockedMeans(), [image], spare: spare)
        case let body as Reduce where body.isSpatialMean(inputFacts(node)):
            append(node, node.type, BlockedMeans(), [image], spare: spare)
        case is Elementwise, is SignedElementwise, is Clip:
            guard let function = ActivationFusion.function(node, inputFacts(node)),
                BlockedConvolution.canFuse(function), let bound = spareBound(node, function, spare)
            else { return false }
            append(node, node.type, Elementwise(function), [image], spare: bound)
        default: return false
        }
        return true
    }

    /// What lanes without a channel do not exceed after `function`; `nil` where that is too much for them. A later pass
    /// may move the function into the convolution, or sum, that made the image: it then meets the same numbers.
    private func spareBound(_ node: GraphNode, _ function: UnaryFunction, _ spare: Float) -> Float? {
        if fillsLanes(node.outputs[0]) { return 0 }
        return function.largestMagnitude(within: spare).flatMap {
            $0 <= ChannelBlocking.mostSpareMagnitude ? $0 : nil
        }
    }

    private func inputFacts(_ node: GraphNode) -> InputFacts {
        InputFacts(node.inputs.map { $0.flatMap { facts[$0] } })
    }

    private mutating func convolution(_ node: GraphNode, _ body: Conv) -> Bool {
        let inputs = inputFacts(node)
        guard body.pool == nil, body.activation == .identity, let input = node.inputs[0],
            let inputChannels = channels(input), let weights = inputs[1].constant, weights.dataType == .fp32,
            weights.elementCount > 0, inputs.optional(2).map({ $0.constant != nil }) ?? true,
            let image = facts[input]?.extents, let output = facts[node.outputs[0]!]?.extents,
            body.window.isFixed || !image[2...].contains(-1)
        else { return false }
        let form: BlockedConvolution.Form
        if body.groups == 1 {
            if inputChannels < BlockedImage().lanes && !isBlocked(input) {
                form = .planar
            } else {
                form = Self.usesWinograd(body.window, weights, image, output) ? .winograd : .direct
            }
        } else if body.groups == inputChannels && weights.shape[0] == inputChannels {
            form = .depthwise
        } else {
            return false
        }
        let source = form == .planar ? input : block(input)
        let convolution = BlockedConv(
            window: body.window, form: form, weights: weights, bias: inputs.optional(2)?.constant,
            activation: .identity, hasResidual: false)
        append(node, node.type, convolution, [source], spare: 0)
        return true
    }

    /// Whether a convolution is cheaper in Winograd's tiles: not for few channels, whose transformations cost as much as
    /// they save, nor for few tiles, for which four times the weights would be read.
    private static func usesWinograd(_ window: Window, _ weights: Tensor, _ image: [Int], _ output: [Int]) -> Bool {
        guard let axes = try? window.axes(Array(image[2...]), weights: Array(weights.shape.dimensions[2...])),
            let window = Window.twoDimensional(axes), BlockedConvolution.allowsWinograd(window),
            min(weights.shape[0], weights.shape[1]) >= fewestWinogradChannels
        else { return false }
        guard output[2] >= 0, output[3] >= 0 else { return true }
        return ((output[2] + 3) / 4) * ((output[3] + 3) / 4) >= fewestWinogradTiles
    }

    private static let fewestWinogradChannels = 32
    private static let fewestWinogradTiles = 12

    /// A normalization with constant numbers is a depthwise convolution of single pixels.
    private mutating func normalization(_ node: GraphNode) -> Bool {
        guard let body = node.body as? BatchNormalization, let input = node.inputs[0], let image = blocked[input],
            let channels = channels(input), let (scale, shift) = body.scaleAndShift(inputFacts(node)),
            scale.count == channels
        else { return false }
        let convolution = BlockedConv(
            window: .pixel, form: .depthwise, weights: Tensor(scale, shape: [channels, 1, 1, 1]),
            bias: Tensor(shift, shape: [channels]), activation: .identity, hasResidual: false)
        append(node, node.type, convolution, [image], spare: 0)
        return true
    }

    /// Sums, differences and products of images, or of images with a factor for each channel. Lanes without a channel
    /// stay finite.
    private mutating func arithmetic(_ node: GraphNode, _ body: Arithmetic) -> Bool {
        guard [.add, .subtract, .multiply].contains(body.function), let left = node.inputs[0],
            let right = node.inputs[1], isBlocked(left) || isBlocked(right),
            let channels = channels(left), self.channels(right) == channels,
            let l = facts[left]?.extents, let r = facts[right]?.extents
        else { return false }
        let (x, y) = (spareMagnitude([left]), spareMagnitude([right]))
        let spare = body.function == .multiply ? x * y : x + y
        guard spare <= ChannelBlocking.mostSpareMagnitude else { return false }
        let operands = [block(left), block(right)]
        if body.function == .multiply, l[2...] == [1, 1] || r[2...] == [1, 1], l[2...] != r[2...] {
            append(node, node.type, BlockedScale(), l[2...] == [1, 1] ? operands.reversed() : operands, spare: spare)
        } else {
            append(node, node.type, body, operands, spare: spare)
        }
        return true
    }

    /// Images one after the other, where no block holds channels of two.
    private mutating func concatenation(_ node: GraphNode) -> Bool {
        let counts = node.inputs.map { channels($0) ?? 0 }
        guard let body = node.body as? Concat, body.joinsChannels, !counts.contains(0),
            counts.dropLast().allSatisfy({ $0 % BlockedImage().lanes == 0 }), node.inputs.contains(where: isBlocked)
        else { return false }
        // Counted from the end the axis would be another one, as blocks are an axis of their own.
        let spare = spareMagnitude(node.inputs)
        append(node, node.type, Concat(axis: 1), node.inputs.map { block($0!) }, spare: spare)
        return true
    }
}
