package import DunlinBytes
package import DunlinInference
import DunlinTensor

extension V2MetadataCodec {
    /// Reads the answer to `GET /v2/models/{model}`, of this or another server, as a client does.
    ///
    /// Servers agree on name, datatype and shape of inputs and outputs; some leave `inputs` out, and then there are none.
    /// - Throws: `.invalidArgument`, naming what is not as the protocol has it.
    package static func decodeSignature(_ body: Bytes) throws(InferError) -> ModelSignature {
        let object = try V2Object(body, of: "model metadata", isOptional: false)
        return ModelSignature(inputs: try tensors("inputs", object), outputs: try tensors("outputs", object))
    }

    private static func tensors(_ key: String, _ object: V2Object) throws(InferError) -> [TensorMetadata] {
        switch object[key] {
        case nil, .null?: return []
        case .array(let entries)?:
            var tensors: [TensorMetadata] = []
            for entry in entries { tensors.append(try tensor(entry, key, object)) }
            return tensors
        case let other?: throw object.unexpected(other, at: key, expected: "an array")
        }
    }

    private static func tensor(
        _ entry: JSONValue, _ key: String, _ object: V2Object
    ) throws(InferError) -> TensorMetadata {
        guard case .string(let name)? = entry["name"] else {
            throw object.unexpected(entry["name"] ?? .null, at: "\(key).name", expected: "a string")
        }
        guard case .string(let typeName)? = entry["datatype"], let dataType = DataType(name: typeName) else {
            throw object.unexpected(entry["datatype"] ?? .null, at: "\(key).datatype", expected: "a V2 datatype")
        }
        guard case .array(let extents)? = entry["shape"] else {
            throw object.unexpected(entry["shape"] ?? .null, at: "\(key).shape", expected: "an array")
        }
        var shape: [Int] = []
        for extent in extents {
            guard case .int(let number) = extent, number >= -1, let number = Int(exactly: number) else {
                throw object.unexpected(extent, at: "\(key).shape", expected: "integers of at least -1")
            }
            shape.append(number)
        }
        return TensorMetadata(name: name, dataType: dataType, shape: shape)
    }
}
