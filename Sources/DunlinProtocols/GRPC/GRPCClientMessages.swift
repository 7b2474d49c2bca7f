package import DunlinBytes
package import DunlinInference
package import DunlinTensor

/// The messages of the service as a client writes and reads them.
package enum GRPCClientMessages {
    /// Where the service's methods are found.
    package static let service = "/inference.GRPCInferenceService/"

    /// `ModelInferRequest` with raw tensors, framed.
    ///
    /// - Throws: `.resourceExhausted` when the message is longer than gRPC can say.
    package static func infer(
        model: String, version: String?, _ inputs: [NamedTensor]
    ) throws(InferError) -> Bytes {
        let size = inputs.reduce(256) { $0 + $1.tensor.bytes.count + 64 + 10 * $1.tensor.shape.dimensions.count }
        guard size <= Int(UInt32.max) else {
            throw InferError(
                .resourceExhausted, "the request has \(size) bytes; a gRPC message has at most \(UInt32.max)")
        }
        return FramedMessage.framed(capacity: size) { writer in
            writer.string(1, model)
            writer.string(2, version ?? "")
            for input in inputs {
                writer.message(5) { writer in
                    writer.string(1, input.name)
                    writer.string(2, input.tensor.dataType.name)
                    writer.ints(3, input.tensor.shape.dimensions)
                }
            }
            for input in inputs { writer.bytes(7, input.tensor.bytes, always: true) }
        }
    }

    /// `ModelMetadataRequest`, framed.
    package static func metadata(model: String, version: String?) -> Bytes {
        FramedMessage.framed { writer in
            writer.string(1, model)
            writer.string(2, version ?? "")
        }
    }

    /// Reads `ModelMetadataResponse` without its frame's prefix.
    ///
    /// - Throws: `.invalidArgument`, naming what is not as the protocol has it.
    package static func signature(_ message: Bytes) throws(InferError) -> ModelSignature {
        // Datatypes that are unknown are told after the reading, whose errors are of another kind.
        var unknown: String?
        let signature = try FramedMessage.read(message, "model metadata") { (cursor) throws(ProtobufError) in
            var signature = ModelSignature(inputs: [], outputs: [])
            while try cursor.next() {
                switch cursor.field {
                case 4: signature.inputs.append(try tensor(try cursor.payload(), &unknown))
                case 5: signature.outputs.append(try tensor(try cursor.payload(), &unknown))
                default: try cursor.skip()
                }
            }
            return signature
        }
        if let unknown {
            throw InferError(.invalidArgument, "model metadata: expected a V2 datatype, found \(unknown)")
        }
        return signature
    }

    private static func tensor(
        _ message: UnsafeRawBufferPointer, _ unknown: inout String?
    ) throws(ProtobufError) -> TensorMetadata {
        var cursor = ProtobufCursor(message)
        var name = ""
        var typeName = ""
        var shape: [Int] = []
        while try cursor.next() {
            switch cursor.field {
            case 1: name = try cursor.string()
            case 2: typeName = try cursor.string()
            case 3:
                try cursor.eachNumber { (number) throws(ProtobufError) in
                    let extent = Int(Int64(bitPattern: number))
                    guard extent >= -1 else {
                        throw ProtobufError("a shape has integers of at least -1, found \(extent)")
                    }
                    shape.append(extent)
                } failure: {
                    $0
                }
            default: try cursor.skip()
            }
        }
        let dataType = DataType(name: typeName)
        if dataType == nil, unknown == nil { unknown = "'\(typeName.prefix(40))' for '\(name.prefix(80))'" }
        return TensorMetadata(name: name, dataType: dataType ?? .fp32, shape: shape)
    }
}
