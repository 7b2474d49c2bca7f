import DunlinEngine
package import DunlinInference
import DunlinOnnxRuntime
import Glibc

/// What `dunlin check` tells of a model: its inputs and outputs, its operators, and what each backend makes of it.
package struct ModelCheck {
    package let text: String
    /// Whether some backend runs the model.
    package let isServable: Bool

    /// - Parameters:
    ///   - path: An `.onnx` file, or a model's directory in a repository.
    ///   - precision: As the load parameter.
    /// - Throws: `.notFound` when there is no such file, or the directory has no version.
    package init(path: String, precision: Precision = .fp32) throws(InferError) {
        let file = try Self.modelFile(path)
        let directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        let source = ModelSource(
            model: "model", version: "1", directory: directory.isEmpty ? "." : directory, path: file,
            defaultPrecision: precision)
        var lines = ["model      \(file)"]
        lines += try Self.contents(ModelReport(path: file, directory: source.directory))
        var accepted: (backend: String, model: any LoadedModel)?
        for backend in ServerConfiguration().backends {
            do throws(InferError) {
                let loaded = try backend.load(source)
                lines.append("backend    \(backend.name): runs it" + (accepted == nil ? "" : ", if asked for"))
                accepted = accepted ?? (backend.name, loaded)
            } catch {
                lines.append("backend    \(backend.name): \(error.message)")
            }
        }
        isServable = accepted != nil
        if let model = accepted?.model {
            lines += Self.describe("input", model.signature.inputs) + Self.describe("output", model.signature.outputs)
            lines.append("memory     \(model.memoryByteCount) bytes of weights and tables")
        }
        text = lines.joined(separator: "\n")
    }

    /// What is in the file, whoever runs it.
    private static func contents(_ report: ModelReport) -> [String] {
        let opsets = report.opsets.sorted { $0.key < $1.key }.map {
            "\($0.key.isEmpty ? "ai.onnx" : $0.key) \($0.value)"
        }
        var lines = ["format     ONNX, IR \(report.irVersion), opset \(opsets.joined(separator: ", "))"]
        if !report.producer.isEmpty { lines.append("producer   \(report.producer)") }
        lines.append("weights    \(report.weightByteCount) bytes")
        for usage in report.operators {
            let name = usage.domain.isEmpty ? usage.type : "\(usage.domain).\(usage.type)"
            lines.append(
                "operator   \(name) × \(usage.count): " + (usage.reason.map { "not native, \($0)" } ?? "native"))
        }
        return lines
    }

    private static func describe(_ kind: String, _ tensors: [TensorMetadata]) -> [String] {
        tensors.map { tensor in
            let head = kind + String(repeating: " ", count: 11 - kind.count)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let labels = tensor.labels.isEmpty ? "" : " labels \(tensor.labels.joined(separator: ", "))"
            return head + "\(tensor.name) \(tensor.dataType) [\(shape)]\(labels)"
        }
    }

    /// The file itself, or `model.onnx` of the highest version below a model's directory.
    static func modelFile(_ path: String) throws(InferError) -> String {
        guard let kind = fileKind(path) else {
            throw InferError(.notFound, "\(path): \(String(cString: strerror(errno)))")
        }
        if kind != S_IFDIR { return path }
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        for candidate in versions(in: trimmed).map({ "\(trimmed)/\($0)/model.onnx" }) + ["\(trimmed)/model.onnx"]
        where fileKind(candidate) == S_IFREG { return candidate }
        throw InferError(.notFound, "\(path): neither a version directory with a model.onnx nor a model.onnx in it")
    }

    private static func versions(in directory: String) -> [Int] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var found: [Int] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int(name), number > 0, String(number) == name { found.append(number) }
        }
        return found.sorted(by: >)
    }

    private static func fileKind(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
