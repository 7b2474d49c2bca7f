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

    static func source(_ model: String, in repository: String) -> ModelSource {
        ModelSource(
            model: model, version: "1", directory: "\(repository)/\(model)/1",
            path: "\(repository)/\(model)/1/model.onnx")
    }

    /// The inputs of the model's `sample-request.json`, its first row repeated.
    static func inputs(of source: ModelSource, rows: Int) throws -> [NamedTensor] {
        let path = "\(source.directory)/../sample-request.json"
        let request = try V2InferCodec.decode(
            try Bytes(mapping: path), headerLength: nil, model: source.model, version: nil)
        return request.inputs.map { NamedTensor($0.name, repeated($0.tensor, rows: rows)) }
    }

    private static func repeated(_ tensor: Tensor, rows: Int) -> Tensor {
        let shape = Shape([rows] + tensor.shape.dimensions.dropFirst())
        var first = Bytes()
        if tensor.dataType == .bytes {
            var end = 0
            let perRow = tensor.elementCount / tensor.shape[0]
            for element in tensor.bytesElements.prefix(perRow) { end += 4 + element.count }
            first = tensor.bytes[0..<end]
        } else {
            first = tensor.bytes[0..<(tensor.bytes.count / tensor.shape[0])]
        }
        var builder = BytesBuilder(capacity: first.count * rows)
        for _ in 0..<rows { builder.append(first) }
        return Tensor(dataType: tensor.dataType, shape: shape, bytes: builder.finish())
    }
}
