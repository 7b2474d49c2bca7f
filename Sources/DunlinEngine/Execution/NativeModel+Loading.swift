package import DunlinBytes
package import DunlinInference
import DunlinKernels
import DunlinONNX
import DunlinTensor

extension NativeModel {
    /// Reads, checks, optimises and packs a model.
    package static func load(
        _ bytes: Bytes, directory: String?, files: [String: Bytes] = [:], options: EngineOptions
    ) throws(InferError) -> NativeModel {
        try load(try parse(bytes, directory: directory, files: files), options: options)
    }

    /// Reads a model file.
    static func parse(
        _ bytes: Bytes, directory: String?, files: [String: Bytes] = [:]
    ) throws(InferError) -> ONNXModel {
        do { return try ONNXModel(parsing: bytes, directory: directory, files: files) } catch {
            throw InferError(error.kind == .unsupported ? .unsupported : .invalidArgument, error.message)
        }
    }

    static func load(_ file: ONNXModel, options: EngineOptions) throws(InferError) -> NativeModel {
        let bf16 = try bf16(options.precision)
        var graph = try GraphImporter.graph(of: file)
        let facts = try graph.facts(given: graph.inputFacts())
        let signature = try signature(of: graph, facts)
        for pass in Passes.all where options.passes.contains(pass.name) { graph = try pass.apply(graph) }
        try prepare(&graph, bf16)
        var files = FileCopies(of: file.files)
        graph.release(&files)
        var properties = ["backend": "native"]
        if let bf16 { properties["precision"] = "bf16 (\(bf16.name))" }
        for (key, value) in [("producer", file.producerName), ("opset", file.opsets[""].map(String.init) ?? "")]
        where !value.isEmpty { properties[key] = value }
        return NativeModel(
            signature: signature, graph: graph, properties: properties, options: options)
    }

    /// What rounds weights to BF16, where that is asked for.
    ///
    /// - Throws: `.unsupported` where it cannot be done here: nothing else may take its place.
    private static func bf16(_ precision: Precision) throws(InferError) -> BF16Kernels? {
        guard precision == .bf16 else { return nil }
        guard let kernels = BF16Kernels.current else {
            throw InferError(.unsupported, BF16Kernels.refusal ?? "this process has no kernels for precision bf16")
        }
        return kernels
    }

    /// Lets each operator pack its constants.
    ///
    /// - Parameter bf16: What rounds the weights of products; `nil` leaves them FP32.
    private static func prepare(_ graph: inout Graph, _ bf16: BF16Kernels?) throws(InferError) {
        let facts = try graph.facts(given: graph.inputFacts())
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            do throws(InferError) {
                graph.nodes[index].body = try node.body.prepare(
                    InputFacts(node.inputs.map { $0.flatMap { facts[$0] } }, bf16: bf16))
            } catch { throw error.within(node.place) }
        }
    }

    private static func signature(of graph: Graph, _ facts: [TensorFact?]) throws(InferError) -> ModelSignature {
        var inputs: [TensorMetadata] = []
        for (input, fact) in zip(graph.inputs, try graph.inputFacts()) {
            guard let extents = fact.extents else {
                throw InferError(.unsupported, "input '\(graph.values[input].name)' has no declared rank")
            }
            inputs.append(TensorMetadata(name: graph.values[input].name, dataType: fact.dataType, shape: extents))
        }
        let outputs = graph.outputs.map { output in
            guard let fact = facts[output.value] else { preconditionFailure("output '\(output.name)' has no fact") }
            let declared = graph.values[output.value].declared?.extents
            var shape = fact.extents ?? declared ?? [-1]
            // The file may know an extent that inference does not.
            if let declared, declared.count == shape.count {
                for axis in shape.indices where shape[axis] < 0 { shape[axis] = declared[axis] }
            }
            return TensorMetadata(name: output.name, dataType: fact.dataType, shape: shape, labels: fact.labels)
        }
        return ModelSignature(inputs: inputs, outputs: outputs)
    }
}

extension Graph {
    /// What the file says of the inputs.
    func inputFacts() throws(InferError) -> [TensorFact] {
        var facts: [TensorFact] = []
        for input in inputs {
            guard let declared = values[input].declared else {
                throw InferError(.invalidArgument, "input '\(values[input].name)' has no type")
            }
            facts.append(declared)
        }
        return facts
    }
}

extension Graph {
    /// Lets go of what was only checked or packed, and of the model's files, also in graphs inside nodes.
    mutating func release(_ files: inout FileCopies) {
        dropPackedConstants()
        for value in values.indices {
            if let constant = values[value].constant { values[value].declared?.constant = files.outside(constant) }
        }
        for index in nodes.indices {
            guard let nesting = nodes[index].body as? any NestingOperator else { continue }
            nodes[index].body = nesting.releasing(&files)
        }
    }

    /// Lets go of the constants that every node which uses them has packed.
    private mutating func dropPackedConstants() {
        var isRead = [Bool](repeating: false, count: values.count)
        for output in outputs { isRead[output.value] = true }
        for node in nodes {
            let packed = node.body.packedInputs
            for (index, input) in node.inputs.enumerated() {
                if let input, !packed.contains(index) { isRead[input] = true }
            }
        }
        for value in values.indices where values[value].constant != nil {
            if isRead[value] { continue }
            values[value].dropElements()
        }
    }
}

/// Gives constants that are slices of a model's files memory of their own: a slice keeps all of its file.
struct FileCopies {
    private struct Place: Hashable {
        let base: UnsafeRawPointer?
        let count: Int
    }

    private let files: [Bytes]
    /// Graphs inside nodes share the constants of those around them, and so they do the copies.
    private var copies: [Place: Bytes] = [:]

    init(of files: [Bytes]) { self.files = files }

    /// The same tensor in memory outside the files.
    mutating func outside(_ tensor: Tensor) -> Tensor {
        let bytes = tensor.bytes
        guard files.contains(where: { bytes.isSlice(of: $0) }) else { return tensor }
        let place = Place(base: bytes.base, count: bytes.count)
        let copy = copies[place] ?? bytes.withUnsafeBytes { Bytes(copying: $0) }
        copies[place] = copy
        return Tensor(dataType: tensor.dataType, shape: tensor.shape, bytes: copy)
    }
}
