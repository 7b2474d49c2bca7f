import COnnxRuntime
import DunlinTensor

/// One input or output as the session declares it.
struct SessionTensor: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// Extents; -1 where any is accepted.
        case tensor(DataType, shape: [Int])
        /// `seq(map(…, float))`, the form in which scikit-learn's exporters give class probabilities.
        case classMaps
        /// Anything else, in words.
        case other(String)
    }

    let name: String
    let kind: Kind

    static func inputs(of session: OpaquePointer, _ library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure)
        -> [SessionTensor]
    {
        let api = library.api
        var found: [SessionTensor] = []
        for index in 0..<(try api.count { api.pointee.SessionGetInputCount(session, $0) }) {
            let name = try text(library) { api.pointee.SessionGetInputName(session, index, library.allocator, $0) }
            let type = try api.make { api.pointee.SessionGetInputTypeInfo(session, index, $0) }
            found.append(SessionTensor(name: name, kind: try kind(taking: type, api)))
        }
        return found
    }

    static func outputs(of session: OpaquePointer, _ library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure)
        -> [SessionTensor]
    {
        let api = library.api
        var found: [SessionTensor] = []
        for index in 0..<(try api.count { api.pointee.SessionGetOutputCount(session, $0) }) {
            let name = try text(library) { api.pointee.SessionGetOutputName(session, index, library.allocator, $0) }
            let type = try api.make { api.pointee.SessionGetOutputTypeInfo(session, index, $0) }
            found.append(SessionTensor(name: name, kind: try kind(taking: type, api)))
        }
        return found
    }

    private static func text(
        _ library: OnnxRuntimeLibrary, _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> OpaquePointer?
    ) throws(OnnxRuntimeFailure) -> String {
        var text: UnsafeMutablePointer<CChar>?
        try library.api.check(call(&text))
        guard let text else { throw OnnxRuntimeFailure("a tensor without a name") }
        defer { _ = library.api.pointee.AllocatorFree(library.allocator, text) }
        return String(cString: text)
    }

    /// Releases `type`.
    private static func kind(taking type: OpaquePointer, _ api: UnsafePointer<DunlinOrtApi>)
        throws(OnnxRuntimeFailure) -> Kind
    {
        defer { api.pointee.ReleaseTypeInfo(type) }
        switch Int(try api.code { api.pointee.GetOnnxTypeFromTypeInfo(type, $0) }) {
        case DUNLIN_ORT_TYPE_TENSOR:
            // Borrowed from `type`, as the casts of ONNX Runtime are: not released.
            let tensor = try api.make { api.pointee.CastTypeInfoToTensorInfo(type, $0) }
            let code = try api.code { api.pointee.GetTensorElementType(tensor, $0) }
            guard let dataType = DataType(onnxRuntime: code) else {
                return .other("a tensor of element type \(code), which the protocol cannot carry")
            }
            return .tensor(dataType, shape: try dimensions(tensor, api))
        case DUNLIN_ORT_TYPE_SEQUENCE:
            let sequence = try api.make { api.pointee.CastTypeInfoToSequenceTypeInfo(type, $0) }
            let element = try api.make { api.pointee.GetSequenceElementType(sequence, $0) }
            defer { api.pointee.ReleaseTypeInfo(element) }
            let elementType = try api.code { api.pointee.GetOnnxTypeFromTypeInfo(element, $0) }
            return Int(elementType) == DUNLIN_ORT_TYPE_MAP ? .classMaps : .other("a sequence of tensors")
        case DUNLIN_ORT_TYPE_MAP: return .other("a map")
        case let code: return .other("an ONNX value of type \(code)")
        }
    }

    /// The extents of a type or of a value, unknown ones as -1.
    static func dimensions(_ tensor: OpaquePointer, _ api: UnsafePointer<DunlinOrtApi>)
        throws(OnnxRuntimeFailure) -> [Int]
    {
        let rank = try api.count { api.pointee.GetDimensionsCount(tensor, $0) }
        var dimensions = [Int64](repeating: 0, count: rank)
        try api.check(api.pointee.GetDimensions(tensor, &dimensions, rank))
        return dimensions.map(Int.init)
    }
}
