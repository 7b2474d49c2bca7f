import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinONNX
import DunlinProtocols
import DunlinTensor

@testable import DunlinOnnxRuntime
@testable import DunlinServing
@testable import DunlinTracing

/// Every reader of bytes from outside. Each target must come back from any input: no trap, no read or write beyond the
/// input, no allocation that the input's size does not explain.
enum FuzzTargets {
    typealias Target = (name: String, run: @Sendable (UnsafeRawBufferPointer) -> Void)

    static let all: [Target] = [
        ("http", RequestParserFuzz.run),
        ("http2", HTTP2RequestFuzz.run),
        ("route", route),
        ("inflate", ContentCodecFuzz.run),
        ("json", json),
        ("infer", infer),
        ("v1", v1),
        ("bodies", bodies),
        ("generate", GenerateFuzz.generate),
        ("sharedmemory", GenerateFuzz.sharedMemory),
        ("protobuf", GRPCFuzz.messages),
        ("grpc", GRPCFuzz.frames),
        ("access", AccessFuzz.run),
        ("headers", AccessFuzz.headers),
        ("trace", trace),
        ("pbtxt", { configuration($0, isTOML: false) }),
        ("toml", { configuration($0, isTOML: true) }),
        ("load", load),
        ("onnx", onnx),
        ("engine", EngineFuzz.run),
    ]

    // MARK: HTTP

    private static let trie: RouteTrie<Int> = {
        var trie = RouteTrie<Int>()
        let patterns = [
            "/", "/v2", "/v2/models/{model}", "/v2/models/{model}/versions/{version}/infer", "/v2/models/{model}/infer",
            "/v1/models/{model}:predict", "/v2/repository/index", "/metrics",
        ]
        for (index, pattern) in patterns.enumerated() { trie.insert(index % 2 == 0 ? .get : .post, pattern, index) }
        return trie
    }()

    /// A path, after one byte that chooses the method.
    @Sendable private static func route(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let method = HTTPMethod(rawValue: first % 8) ?? .get
        let path = Bytes(copying: UnsafeRawBufferPointer(rebasing: input.dropFirst()))
        guard case .found(_, let parameters) = trie.match(method, path) else { return }
        for name in ["model", "version"] {
            guard let value = parameters[name] else { continue }
            precondition(value != "." && value != "..", "a path parameter climbs")
            precondition(!value.utf8.contains(0), "a path parameter holds NUL")
        }
    }

    // MARK: JSON and the V2 protocol

    @Sendable private static func json(_ input: UnsafeRawBufferPointer) {
        let text = Bytes(copying: input)
        let value = try? JSONValue(parsing: text)
        var scanner = JSONScanner(text)
        let isSkippable = (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
        // What is read as a value can be skipped too.
        precondition(value == nil || isSkippable, "JSONValue accepts what skipValue refuses")
        if case .object? = value {
            var scanner = JSONScanner(text)
            var keys = 0
            try? scanner.enterObject()
            while let key = try? scanner.nextKey() {
                _ = key.string
                guard (try? scanner.skipValue()) != nil else { break }
                keys += 1
            }
            guard case .object(let members)? = value else { return }
            precondition(keys == members.count, "two readers find different keys")
        }
    }

    /// A JSON body; or, behind a first byte that is no bracket, two bytes of header length and a binary body. What is
    /// decoded is answered with its own inputs, in JSON and in binary, and the JSON must be JSON.
    @Sendable private static func infer(_ input: UnsafeRawBufferPointer) {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 1 << 24
        let isJSON = input.first == UInt8(ascii: "{") || input.count < 3
        let body = Bytes(copying: isJSON ? input : UnsafeRawBufferPointer(rebasing: input.dropFirst(3)))
        let headerLength = isJSON ? nil : Int(input[1]) | Int(input[2]) << 8
        let request: InferRequest
        do throws(InferError) {
            request = try V2InferCodec.decode(
                body, headerLength: headerLength, model: "m", version: nil, limits: limits)
        } catch {
            precondition(!error.message.isEmpty, "an error without a sentence")
            return
        }
        for tensor in request.inputs.map(\.tensor) {
            precondition(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
        }
        for isBinary in [false, true] {
            var asked = request
            asked.parameters["binary_data_output"] = .bool(isBinary)
            let response = InferResponse(model: "m", version: "1", id: request.id, outputs: request.inputs)
            guard let encoded = try? V2InferCodec.encode(response, for: asked) else { continue }
            let head = encoded.segments[0]
            var scanner = JSONScanner(encoded.headerLength.map { head[0..<$0] } ?? head)
            do throws(JSONError) {
                try scanner.skipValue()
                try scanner.expectEnd()
            } catch { preconditionFailure("an answer that is no JSON: \(error)") }
        }
    }

    private static let v1Profiles: [V1Profile] = {
        func tensor(_ name: String, _ type: DataType, _ shape: [Int]) -> TensorMetadata {
            TensorMetadata(name: name, dataType: type, shape: shape)
        }
        let signatures = [
            [tensor("x", .fp32, [-1, 4])], [tensor("x", .bytes, [-1])], [tensor("x", .int64, [-1])],
            [tensor("x", .fp16, [-1, -1])],
            [tensor("a", .int8, [-1, 1]), tensor("b_bytes", .bytes, [-1]), tensor("c", .fp64, [-1, 2, 2])],
            [tensor("x", .bool, [])],
        ]
        return signatures.enumerated().map { index, tensors in
            let parameters = index == 0 ? ["v1_columns": "a,b,c,d"] : [:]
            let signature = ModelSignature(inputs: tensors, outputs: tensors)
            return (try? V1Profile(signature, parameters: parameters)) ?? V1Profile(signature)
        }
    }()

    /// A body behind one byte that chooses verb and model. What is decoded is answered with its own inputs, and the answer
    /// must be JSON that is decoded again.
    @Sendable private static func v1(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let profile = v1Profiles[Int(first >> 2) % v1Profiles.count]
        let verb: V1Codec.Verb = first & 3 == 1 ? .classify : first & 3 == 2 ? .regress : .predict
        var limits = V2Limits()
        limits.maxExpandedByteCount = 1 << 24
        let body = Bytes(copying: UnsafeRawBufferPointer(rebasing: input.dropFirst()))
        let request: V1Codec.Request
        do throws(InferError) {
            request = try V1Codec.decode(body, verb, model: "m", version: nil, profile: profile, limits: limits)
        } catch {
            precondition(!error.message.isEmpty, "an error without a sentence")
            return
        }
        for tensor in request.infer.inputs.map(\.tensor) {
            precondition(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
        }
        let response = InferResponse(model: "m", version: "1", outputs: request.infer.inputs)
        guard let answer = try? V1Codec.encode(response, as: request.answer, profile: profile) else { return }
        var scanner = JSONScanner(answer)
        do throws(JSONError) {
            try scanner.skipValue()
            try scanner.expectEnd()
        } catch { preconditionFailure("an answer that is no JSON: \(error)") }
        let key = "{\"predictions\""
        guard answer.string.hasPrefix(key), !request.infer.inputs.contains(where: { $0.tensor.shape[0] == 0 }) else {
            return
        }
        let text = "{\"instances\"" + answer.string.dropFirst(key.count)
        let again = try? V1Codec.decode(
            Bytes(text), .predict, model: "m", version: nil, profile: profile, limits: limits)
        precondition(
            again.map { zip($0.infer.inputs, request.infer.inputs).allSatisfy { $0.tensor.shape == $1.tensor.shape } }
                ?? false, "an answer is not read again")
    }

    /// Bodies of the small routes, and a raw one-tensor request.
    @Sendable private static func bodies(_ input: UnsafeRawBufferPointer) {
        let body = Bytes(copying: input)
        _ = try? V2RepositoryCodec.decodeIndex(body)
        _ = try? V2RepositoryCodec.decodeParameters(body)
        _ = try? V2RepositoryCodec.decodeUnload(body)
        _ = try? V2MetadataCodec.decodeHardware(body)
        _ = try? V2LoggingCodec.decode(body, changing: V2LoggingCodec.Settings())
        _ = try? V2TraceCodec.decode(body)
        for (type, shape) in [(DataType.fp32, [-1, 4]), (.bytes, [1]), (.int64, [2]), (.bool, [-1])] {
            let signature = ModelSignature(
                inputs: [TensorMetadata(name: "x", dataType: type, shape: shape)], outputs: [])
            _ = try? V2InferCodec.decodeRaw(body, model: "m", version: nil, signature: signature)
        }
        _ = try? V2InferCodec.parseHeaderLength(body.string, bodyByteCount: 100)
    }

    /// A load request; its files and its configuration, which is told again as JSON when it can be read.
    @Sendable private static func load(_ input: UnsafeRawBufferPointer) {
        var limits = V2Limits()
        limits.maxLoadByteCount = 1 << 20
        guard let request = try? V2RepositoryCodec.decodeLoad(Bytes(copying: input), limits: limits) else { return }
        let byteCount = request.files.values.reduce(0) { $0 + $1.count }
        precondition(byteCount <= limits.maxLoadByteCount, "more files than the limit")
        precondition(byteCount <= input.count, "files larger than their Base64")
        if let brought = try? BroughtFiles(request.files) {
            for path in request.files.keys {
                precondition(!path.hasPrefix("/") && !path.split(separator: "/").contains(".."), "a path climbs")
            }
            for version in brought.versions { precondition(!brought.version(version).isEmpty) }
        }
        guard let text = request.parameters.string("config"),
            let file = try? ModelConfigurationFile(parsingJSON: text)
        else { return }
        let answer = V2ModelConfigurationCodec.encode(file.message)
        precondition((try? JSONValue(parsing: answer)) != nil, "an answer that is no JSON")
    }

    /// `traceparent`, a line break, `tracestate`; and the same text as an address and as a collector's answer.
    @Sendable private static func trace(_ input: UnsafeRawBufferPointer) {
        let text = String(decoding: input, as: UTF8.self)
        let fields = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if let context = TraceContext(parents: [fields[0]], states: Array(fields.dropFirst())) {
            precondition(fields[0].contains(context.traceID.hexadecimal), "another trace is continued")
            precondition(fields[0].contains(context.parentID.hexadecimal), "another span is the parent")
            precondition(context.state.utf8.count <= TraceContext.maxStateByteCount)
        }
        if case .success(let endpoint) = OTLPEndpoint.parse(text) {
            precondition(!endpoint.description.utf8.contains { $0 <= 0x20 }, "an address with a line break")
        }
        var configuration = TraceConfiguration()
        _ = configuration.apply(text)
        _ = configuration.apply(environment: ["OTEL_RESOURCE_ATTRIBUTES": text])
        _ = OTLPConnection.answer(Array(input))
    }

    // MARK: Files of the model repository

    @Sendable private static func configuration(_ input: UnsafeRawBufferPointer, isTOML: Bool) {
        let bytes = Bytes(copying: input)
        if isTOML { _ = try? TOMLTable(parsing: bytes) } else { _ = try? ProtobufTextMessage(parsing: bytes) }
        _ = try? ModelConfigurationFile(parsing: bytes, isTOML: isTOML)
    }

    @Sendable private static func onnx(_ input: UnsafeRawBufferPointer) {
        let bytes = Bytes(copying: input)
        do throws(ONNXError) { _ = try ONNXModel(parsing: bytes, directory: nil) } catch {
            // What the parser takes for a name of another file is one for the guard before ONNX Runtime as well.
            let isNamed = try? ExternalData.isNamed(in: bytes)
            precondition(!error.message.contains("did not come from a directory") || isNamed != false)
        }
        _ = try? ONNXModel.tensor(parsing: bytes)
        _ = try? ExternalData.isNamed(in: bytes)
    }
}
