import COnnxRuntime
import DunlinBytes
import DunlinTensor

/// Owns one `OrtValue` and releases it in the end.
///
/// `@unchecked Sendable` because the pointer never changes, the value behind it is only read once it is here, and
/// `ReleaseValue` may be called on any thread.
final class RuntimeValue: @unchecked Sendable {
    let value: OpaquePointer
    let library: OnnxRuntimeLibrary

    init(taking value: OpaquePointer, _ library: OnnxRuntimeLibrary) {
        self.value = value
        self.library = library
    }

    deinit { library.api.pointee.ReleaseValue(value) }

    /// A value over the tensor's own memory, which has to outlive it; strings are copied.
    convenience init(viewing tensor: Tensor, _ library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure) {
        guard tensor.dataType != .bytes else {
            self.init(taking: try Self.strings(tensor, library), library)
            return
        }
        let api = library.api
        let dimensions = tensor.shape.dimensions.map(Int64.init)
        let value = try api.make {
            // ONNX Runtime refuses a null address also for no elements.
            api.pointee.CreateTensorWithDataAsOrtValue(
                library.memory, UnsafeMutableRawPointer(mutating: tensor.bytes.base ?? Self.nowhere),
                tensor.bytes.count, dimensions, dimensions.count, tensor.dataType.onnxRuntimeCode, $0)
        }
        self.init(taking: value, library)
    }

    /// An address for tensors without elements.
    private nonisolated(unsafe) static let nowhere = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64))

    private static func strings(_ tensor: Tensor, _ library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure)
        -> OpaquePointer
    {
        let api = library.api
        let dimensions = tensor.shape.dimensions.map(Int64.init)
        let value = try api.make {
            api.pointee.CreateTensorAsOrtValue(
                library.allocator, dimensions, dimensions.count, Int32(DUNLIN_ORT_STRING), $0)
        }
        do {
            for (index, element) in tensor.bytesElements.enumerated() {
                var room: UnsafeMutablePointer<CChar>?
                try api.check(
                    api.pointee.GetResizedStringTensorElementBuffer(value, index, element.count, &room))
                element.withUnsafeBytes {
                    guard let room, let from = $0.baseAddress else { return }
                    UnsafeMutableRawPointer(room).copyMemory(from: from, byteCount: $0.count)
                }
            }
        } catch {
            api.pointee.ReleaseValue(value)
            throw error
        }
        return value
    }

    /// The value as a tensor that shares this value's memory and keeps it alive; strings are copied.
    ///
    /// - Throws: When it is no tensor, or of an element type that the protocol cannot carry.
    func tensor() throws(OnnxRuntimeFailure) -> Tensor {
        let api = library.api
        let description = try api.make { api.pointee.GetTensorTypeAndShape(value, $0) }
        defer { api.pointee.ReleaseTensorTypeAndShapeInfo(description) }
        let code = try api.code { api.pointee.GetTensorElementType(description, $0) }
        let shape = Shape(try SessionTensor.dimensions(description, api))
        guard let dataType = DataType(onnxRuntime: code) else {
            throw OnnxRuntimeFailure("a tensor has element type \(code), which the protocol cannot carry")
        }
        guard let elementByteCount = dataType.byteCount else { return try stringTensor(shape) }
        var data: UnsafeMutableRawPointer?
        try api.check(api.pointee.GetTensorMutableData(value, &data))
        let bytes = Bytes(foreign: data, count: shape.elementCount * elementByteCount) { [self] in
            withExtendedLifetime(self) {}
        }
        return Tensor(dataType: dataType, shape: shape, bytes: bytes)
    }

    private func stringTensor(_ shape: Shape) throws(OnnxRuntimeFailure) -> Tensor {
        let api = library.api
        let count = shape.elementCount
        let byteCount = try api.count { api.pointee.GetStringTensorDataLength(value, $0) }
        var text = [UInt8](repeating: 0, count: byteCount)
        var offsets = [Int](repeating: 0, count: count)
        if count > 0 {
            try api.check(api.pointee.GetStringTensorContent(value, &text, byteCount, &offsets, count))
        }
        var builder = BytesBuilder(capacity: byteCount + 4 * count)
        for index in 0..<count {
            let end = index + 1 < count ? offsets[index + 1] : byteCount
            builder.append(littleEndian: UInt32(end - offsets[index]))
            text.withUnsafeBytes { builder.append(UnsafeRawBufferPointer(rebasing: $0[offsets[index]..<end])) }
        }
        return Tensor(dataType: .bytes, shape: shape, bytes: builder.finish())
    }

    /// The members of a sequence or of a map (keys, values).
    func members() throws(OnnxRuntimeFailure) -> [RuntimeValue] {
        let api = library.api
        var members: [RuntimeValue] = []
        for index in 0..<(try api.count { api.pointee.GetValueCount(value, $0) }) {
            let member = try api.make { api.pointee.GetValue(value, Int32(index), library.allocator, $0) }
            members.append(RuntimeValue(taking: member, library))
        }
        return members
    }
}
