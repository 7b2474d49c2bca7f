import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor

/// Makes the messages of a run: from files, or from what the server's metadata says of the model's inputs.
struct LoadInputs {
    /// Bytes of all inputs of one synthesised request.
    static let maxInputByteCount = 1 << 30
    /// How long the server may take to tell of the model.
    static let metadataNanoseconds: UInt64 = 30_000_000_000

    let options: LoadOptions
    let target: LoadTarget

    /// - Throws: `.invalidArgument` when the options do not fit the model; `.unavailable` when the server does not tell.
    func messages() throws(InferError) -> [Bytes] {
        guard !options.inputPaths.isEmpty else { return [try message(for: try synthesised(try signature()))] }
        var messages: [Bytes] = []
        for path in options.inputPaths { messages.append(try message(ofFile: path)) }
        return messages
    }

    /// The model's inputs by the server's word, with the shapes that the options ask for.
    private func signature() throws(InferError) -> ModelSignature {
        let request = target.message("GET", target.modelPath, headers: options.headers)
        let (status, body) = try target.exchange(request, timeout: Self.metadataNanoseconds)
        guard status == 200 else {
            throw InferError(
                .unavailable, "GET \(target.modelPath) is answered \(status): \(body.string.prefix(300))")
        }
        var signature = try V2MetadataCodec.decodeSignature(body)
        guard !signature.inputs.isEmpty else {
            throw InferError(
                .invalidArgument, "the server tells no inputs of model '\(options.model)'; give a request with --input")
        }
        for (name, shape) in options.shapes {
            guard let index = signature.inputs.firstIndex(where: { $0.name == name }) else {
                let names = signature.inputs.map(\.name).joined(separator: ", ")
                throw InferError(.invalidArgument, "--shape \(name): the model's inputs are \(names)")
            }
            signature.inputs[index].shape = shape
        }
        return signature
    }

    private func synthesised(_ signature: ModelSignature) throws(InferError) -> [NamedTensor] {
        var byteCount = 0
        for input in signature.inputs {
            var count = input.dataType.byteCount ?? 4
            for (axis, extent) in input.shape.enumerated() {
                let extent = extent >= 0 ? extent : axis == 0 ? options.rows : options.extent
                let (product, isOver) = count.multipliedReportingOverflow(by: extent)
                count = isOver ? Int.max : product
            }
            let (sum, isOver) = byteCount.addingReportingOverflow(count)
            byteCount = isOver ? Int.max : sum
            guard byteCount <= Self.maxInputByteCount else {
                throw InferError(
                    .invalidArgument,
                    "input '\(input.name)' of shape \(input.shape) makes the request larger than "
                        + "\(Self.maxInputByteCount) bytes; set --rows, --extent or --shape")
            }
        }
        return SyntheticInputs.make(signature, rows: options.rows, openExtent: options.extent)
    }

    private func message(for inputs: [NamedTensor]) throws(InferError) -> Bytes {
        let (body, headerLength) = try V2InferCodec.encodeRequest(inputs, isBinary: options.isBinary)
        return message(body, headerLength)
    }

    /// A file that begins with `{` is a body as it is sent: JSON, or JSON with raw tensors behind it. Any other holds the
    /// elements of the model's only input.
    private func message(ofFile path: String) throws(InferError) -> Bytes {
        let bytes: Bytes
        do throws(FileError) { bytes = try Bytes(reading: path, limit: Self.maxInputByteCount) } catch {
            throw InferError(.invalidArgument, "--input \(path): \(error.reason)")
        }
        guard bytes.withUnsafeBytes({ $0.first }) == UInt8(ascii: "{") else {
            return try message(for: [try onlyInput(bytes, path)])
        }
        var scanner = JSONScanner(bytes)
        do throws(JSONError) { try scanner.skipValue() } catch {
            throw InferError(.invalidArgument, "--input \(path): \(error)")
        }
        let end = scanner.offset
        let isText = bytes.dropFirst(end).withUnsafeBytes { $0.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }
        return message(bytes, isText ? nil : end)
    }

    private func onlyInput(_ bytes: Bytes, _ path: String) throws(InferError) -> NamedTensor {
        let signature = try signature()
        guard signature.inputs.count == 1, let input = signature.inputs.first else {
            throw InferError(
                .invalidArgument,
                "--input \(path) holds raw elements, and the model has \(signature.inputs.count) inputs; give a JSON body, "
                    + "with the raw tensors behind it if need be")
        }
        let shape = Shape(
            input.shape.enumerated().map { axis, extent in
                extent >= 0 ? extent : axis == 0 ? options.rows : options.extent
            })
        guard let tensor = Tensor(checking: input.dataType, shape: shape, bytes: bytes) else {
            throw InferError(
                .invalidArgument,
                "--input \(path) has \(bytes.count) bytes, which are not the elements of \(input.dataType) \(shape); "
                    + "set --rows or --shape")
        }
        return NamedTensor(input.name, tensor)
    }

    private func message(_ body: Bytes, _ headerLength: Int?) -> Bytes {
        var headers = options.headers
        if let headerLength { headers.append(("Inference-Header-Content-Length", String(headerLength))) }
        return target.message(
            "POST", target.modelPath + "/infer", headers: headers,
            contentType: headerLength == nil ? "application/json" : "application/octet-stream", body: body)
    }
}
