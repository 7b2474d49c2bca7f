package import DunlinBytes
package import DunlinInference
import DunlinONNX
import DunlinTensor

/// What a model file asks for and whether the native engine can give it; for `dunlin check`.
package struct ModelReport: Sendable {
    /// One operator of the model.
    package struct Usage: Sendable, Hashable {
        package var domain: String
        package var type: String
        package var opset: Int
        /// Nodes that use it.
        package var count: Int
        /// Why the engine cannot run it; `nil` when it can.
        package var reason: String?
    }

    package var irVersion: Int
    package var producer: String
    package var opsets: [String: Int]
    /// Operators by name, functions of the file inlined.
    package var operators: [Usage]
    package var inputs: [TensorMetadata]
    package var outputs: [TensorMetadata]
    package var weightByteCount: Int
    /// Why the engine refuses the model; `nil` when it runs it.
    package var refusal: InferError?

    package var runsNatively: Bool { refusal == nil }

    /// Reads a model file and tries to load it.
    ///
    /// - Throws: When the file cannot be read at all, as `NativeBackend.load` would.
    package init(path: String, directory: String? = nil) throws(InferError) {
        let bytes: Bytes
        do { bytes = try Bytes(reading: path) } catch { throw InferError(.notFound, "\(error)") }
        try self.init(bytes, directory: directory)
    }

    package init(_ bytes: Bytes, directory: String?) throws(InferError) {
        let file = try NativeModel.parse(bytes, directory: directory)
        irVersion = Int(file.irVersion)
        producer = [file.producerName, file.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        opsets = file.opsets
        operators = Self.usages(file)
        weightByteCount = file.graph.initializers.reduce(0) { $0 + $1.tensor.bytes.count }
        do throws(InferError) {
            let model = try NativeModel.load(file, options: EngineOptions())
            inputs = model.signature.inputs
            outputs = model.signature.outputs
        } catch {
            refusal = error
            inputs = Self.declared(file.graph.inputs)
            outputs = Self.declared(file.graph.outputs)
        }
    }

    private static func usages(_ file: ONNXModel) -> [Usage] {
        let inlined = (try? FunctionInliner.inlined(file)) ?? file
        var reasons: [String: String] = [:]
        for lack in GraphImporter.lackingOperators(of: file) { reasons["\(lack.domain).\(lack.type)"] = lack.reason }
        var counts: [String: Usage] = [:]
        for node in inlined.graph.nodes {
            let key = "\(node.domain).\(node.type)"
            let fresh = Usage(
                domain: node.domain, type: node.type, opset: node.opset ?? inlined.opsets[node.domain] ?? 0, count: 0,
                reason: reasons[key])
            counts[key, default: fresh].count += 1
        }
        return counts.values.sorted { ($0.domain, $0.type) < ($1.domain, $1.type) }
    }

    private static func declared(_ values: [ONNXValue]) -> [TensorMetadata] {
        values.compactMap { value in
            guard case .tensor(let dataType, let dimensions) = value.type else { return nil }
            let shape = (dimensions ?? []).map { dimension in
                if case .fixed(let extent) = dimension { return extent }
                return -1
            }
            return TensorMetadata(name: value.name, dataType: dataType, shape: shape)
        }
    }
}
