package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// Writes `ModelInferResponse` as its request was written: raw tensors for raw ones, typed contents for typed ones.
///
/// Where any output is FP16 or BF16, which have no typed form, all are raw. Large raw tensors are sent from where they lie.
package struct GRPCInferWriter {
    /// Raw tensors up to this size are copied into the message's own buffer, which costs less than a segment of their own.
    static let inlineByteCount = 4096

    private let response: InferResponse
    private let isTyped: Bool
    /// What `triton_final_response` says; `nil` leaves it out.
    private let isFinal: Bool?
    /// Where each output lies in shared memory; empty where none does.
    private var places: [SharedMemoryPlace?] = []
    /// Bytes of each output's `contents`; empty when they are raw.
    private var contentCounts: [Int] = []

    /// A framed message, in segments that are sent one after another.
    ///
    /// - Parameters:
    ///   - isTyped: Whether the request had typed contents.
    ///   - isFinal: For streams: whether this is the last answer to its request.
    ///   - sharedMemory: What `request` was read with.
    /// - Throws: `.invalidArgument` when an output does not fit its place in shared memory; `.resourceExhausted` when the
    ///   message is longer than gRPC can say.
    package static func encode(
        _ response: InferResponse, for request: InferRequest, isTyped: Bool,
        sharedMemory: (any SharedMemoryAccess)? = nil
    ) throws(InferError) -> [Bytes] {
        let writer = try GRPCInferWriter(response, request, isTyped, nil, sharedMemory)
        return try writer.write(isWrapped: false)
    }

    /// The same as an item of `ModelStreamInfer`.
    package static func encodeItem(
        _ response: InferResponse, for request: InferRequest, isTyped: Bool, isFinal: Bool,
        sharedMemory: (any SharedMemoryAccess)? = nil
    ) throws(InferError) -> [Bytes] {
        let writer = try GRPCInferWriter(response, request, isTyped, isFinal, sharedMemory)
        return try writer.write(isWrapped: true)
    }

    /// An item of `ModelStreamInfer` that tells of an error. With the id of the request, clients know which one failed.
    package static func encodeItem(_ error: InferError, model: String, id: String?) -> [Bytes] {
        [
            FramedMessage.framed { writer in
                writer.string(1, error.message, always: true)
                writer.message(2) { writer in
                    writer.string(1, model)
                    writer.string(3, id ?? "")
                }
            }
        ]
    }

    private init(
        _ response: InferResponse, _ request: InferRequest, _ isTyped: Bool, _ isFinal: Bool?,
        _ sharedMemory: (any SharedMemoryAccess)?
    ) throws(InferError) {
        self.response = response
        self.isFinal = isFinal
        self.isTyped = isTyped && response.outputs.allSatisfy { GRPCContentsField($0.tensor.dataType) != nil }
        if let sharedMemory, request.outputs.contains(where: { !$0.parameters.isEmpty }) {
            places = response.outputs.map { Self.place(of: $0.name, request) }
            for (output, place) in zip(response.outputs, places) {
                guard let place else { continue }
                do throws(InferError) {
                    try sharedMemory.write(output.tensor.bytes, to: place)
                } catch { throw InferError(error.code, "output '\(output.name)': \(error.message)") }
            }
        }
        if self.isTyped {
            contentCounts = response.outputs.indices.map { index in
                place(index) == nil ? response.outputs[index].tensor.contentsByteCount : 0
            }
        }
    }

    /// Where the request, which is checked, wants an output.
    private static func place(of name: String, _ request: InferRequest) -> SharedMemoryPlace? {
        guard let output = request.outputs.first(where: { $0.name == name }) else { return nil }
        return try? SharedMemoryPlace.find(in: output.parameters) { InferError(.invalidArgument, $0) }
    }

    private func place(_ index: Int) -> SharedMemoryPlace? { places.isEmpty ? nil : places[index] }

    // MARK: Sizes

    private func byteCount(_ index: Int) -> Int {
        let output = response.outputs[index]
        var count = ProtobufSize.text(output.name) + ProtobufSize.text(output.tensor.dataType.name)
        let shape = Self.byteCount(output.tensor.shape)
        if shape > 0 { count += ProtobufSize.bytes(shape) }
        if let place = place(index) {
            for entry in parameters(of: place, output).entries {
                count += ProtobufSize.bytes(Self.byteCount(entry))
            }
        } else if isTyped {
            count += ProtobufSize.bytes(contentCounts[index])
        }
        return count
    }

    private static func byteCount(_ shape: Shape) -> Int {
        shape.dimensions.reduce(0) { $0 + ProtobufSize.varint(UInt64($1)) }
    }

    private static func byteCount(_ entry: Parameters.Entry) -> Int {
        ProtobufSize.text(entry.key) + ProtobufSize.bytes(byteCount(entry.value))
    }

    private static func byteCount(_ value: Parameter) -> Int {
        switch value {
        case .bool: 2
        case .int(let number): 1 + ProtobufSize.varint(UInt64(bitPattern: number))
        case .double: 9
        case .string(let text): ProtobufSize.bytes(text.utf8.count)
        }
    }

    /// Bytes that output `index` has in `raw_output_contents`; each output has an entry, though it be empty.
    private func rawByteCount(_ index: Int) -> Int {
        place(index) == nil ? response.outputs[index].tensor.bytes.count : 0
    }

    private var headByteCount: Int {
        var count = ProtobufSize.text(response.model) + ProtobufSize.text(response.version)
        count += ProtobufSize.text(response.id ?? "")
        for entry in response.parameters.entries { count += ProtobufSize.bytes(Self.byteCount(entry)) }
        if let isFinal { count += ProtobufSize.bytes(Self.byteCount(Self.finalEntry(isFinal))) }
        for index in response.outputs.indices { count += ProtobufSize.bytes(byteCount(index)) }
        return count
    }

    private static func finalEntry(_ isFinal: Bool) -> Parameters.Entry {
        let parameters: Parameters = ["triton_final_response": .bool(isFinal)]
        return parameters.entries[0]
    }

    // MARK: Writing

    private func write(isWrapped: Bool) throws(InferError) -> [Bytes] {
        let head = headByteCount
        var inner = head
        // What is copied: the head, and small tensors.
        var copied = head
        if !isTyped {
            for index in response.outputs.indices {
                let count = rawByteCount(index)
                inner += ProtobufSize.bytes(count)
                copied += ProtobufSize.bytes(count) - (count > Self.inlineByteCount ? count : 0)
            }
        }
        let total = isWrapped ? ProtobufSize.bytes(inner) : inner
        guard let length = UInt32(exactly: total) else {
            throw InferError(
                .resourceExhausted, "the answer has \(total) bytes; a gRPC message has at most \(UInt32.max)")
        }
        var writer = ProtobufWriter(capacity: GRPCFrame.prefixByteCount + 11 + copied)
        writer.raw(count: GRPCFrame.prefixByteCount) { GRPCFrame(byteCount: Int(length)).write(to: $0) }
        if isWrapped {
            writer.key(2, .bytes)
            writer.varint(UInt64(inner))
        }
        writeHead(to: &writer)
        guard !isTyped else { return [writer.finish()] }
        var segments: [Bytes] = []
        for index in response.outputs.indices {
            writer.key(6, .bytes)
            let count = rawByteCount(index)
            writer.varint(UInt64(count))
            if count > Self.inlineByteCount {
                segments.append(writer.flush(capacity: 64))
                segments.append(response.outputs[index].tensor.bytes)
            } else if count > 0 {
                writer.raw(response.outputs[index].tensor.bytes)
            }
        }
        if writer.count > 0 { segments.append(writer.finish()) }
        return segments
    }

    private func writeHead(to writer: inout ProtobufWriter) {
        writer.string(1, response.model)
        writer.string(2, response.version)
        writer.string(3, response.id ?? "")
        for entry in response.parameters.entries { Self.write(entry, to: &writer) }
        if let isFinal { Self.write(Self.finalEntry(isFinal), to: &writer) }
        for (index, output) in response.outputs.enumerated() {
            writer.key(5, .bytes)
            writer.varint(UInt64(byteCount(index)))
            writer.string(1, output.name)
            writer.string(2, output.tensor.dataType.name)
            let shape = Self.byteCount(output.tensor.shape)
            if shape > 0 {
                writer.key(3, .bytes)
                writer.varint(UInt64(shape))
                for extent in output.tensor.shape.dimensions { writer.varint(UInt64(extent)) }
            }
            if let place = place(index) {
                for entry in parameters(of: place, output).entries { Self.write(entry, to: &writer) }
            } else if isTyped {
                writer.key(5, .bytes)
                writer.varint(UInt64(contentCounts[index]))
                output.tensor.writeContents(to: &writer)
            }
        }
    }

    private static func write(_ entry: Parameters.Entry, to writer: inout ProtobufWriter) {
        writer.key(4, .bytes)
        writer.varint(UInt64(byteCount(entry)))
        writer.string(1, entry.key)
        writer.key(2, .bytes)
        writer.varint(UInt64(byteCount(entry.value)))
        switch entry.value {
        case .bool(let value): writer.bool(1, value, always: true)
        case .int(let value): writer.int(2, Int(value), always: true)
        case .string(let value): writer.string(3, value, always: true)
        case .double(let value): writer.double(4, value, always: true)
        }
    }

    /// What stands for the data of an output in shared memory: where it is, and how many bytes it took there.
    private func parameters(of place: SharedMemoryPlace, _ output: NamedTensor) -> Parameters {
        var parameters: Parameters = ["shared_memory_region": .string(place.region)]
        if place.offset > 0 { parameters["shared_memory_offset"] = .int(Int64(place.offset)) }
        parameters["shared_memory_byte_size"] = .int(Int64(output.tensor.bytes.count))
        return parameters
    }
}
