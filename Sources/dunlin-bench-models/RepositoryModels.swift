import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Glibc

/// Models of a repository and their sample requests.
enum RepositoryModels {
    static func names(in repository: String) -> [String] {
        guard let directory = opendir(repository) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if access("\(repository)/\(name)/1/model.onnx", R_OK) == 0 { names.append(name) }
        }
        return names.sorted()
    }

    static func source(
        _ model: String, in repository: String, _ precision: Precision = .fp32
    ) -> ModelSource {
        ModelSource(
            model: model, version: "1", directory: "\(repository)/\(model)/1",
            path: "\(repository)/\(model)/1/model.onnx", defaultPrecision: precision)
    }

    /// The rows of the model's `sample-request.json`, in turn; without one, numbers from a fixed seed.
    static func inputs(of source: ModelSource, _ signature: ModelSignature, rows: Int) throws -> [NamedTensor] {
        let path = "\(source.directory)/../sample-request.json"
        guard access(path, R_OK) == 0 else { return SyntheticInputs.make(signature, rows: rows) }
        let request = try V2InferCodec.decode(
            try Bytes(reading: path), headerLength: nil, model: source.model, version: nil)
        return request.inputs.map { NamedTensor($0.name, repeated($0.tensor, rows: rows)) }
    }

    private static func repeated(_ tensor: Tensor, rows: Int) -> Tensor {
        let given = tensor.shape[0]
        var starts = [0]
        if tensor.dataType == .bytes {
            let perRow = tensor.elementCount / given
            var end = 0
            for (index, element) in tensor.bytesElements.enumerated() {
                end += 4 + element.count
                if (index + 1) % perRow == 0 { starts.append(end) }
            }
        } else {
            starts += (1...given).map { tensor.bytes.count / given * $0 }
        }
        var builder = BytesBuilder(capacity: tensor.bytes.count / given * rows)
        for row in 0..<rows { builder.append(tensor.bytes[starts[row % given]..<starts[row % given + 1]]) }
        return Tensor(
            dataType: tensor.dataType, shape: Shape([rows] + tensor.shape.dimensions.dropFirst()),
            bytes: builder.finish())
    }
}
