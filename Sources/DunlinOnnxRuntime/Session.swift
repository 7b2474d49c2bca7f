import COnnxRuntime
import DunlinBytes
import DunlinInference
import Glibc

/// One ONNX Runtime session: a model file read, checked and optimised.
///
/// `@unchecked Sendable` because nothing changes after `init` and `Run` of one session may be called from several
/// threads at once (ONNX Runtime's documentation of `OrtApi::Run`).
final class Session: @unchecked Sendable {
    let library: OnnxRuntimeLibrary
    let inputs: [SessionTensor]
    let outputs: [SessionTensor]
    private let session: OpaquePointer
    private let inputNames: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let outputNames: UnsafeMutablePointer<UnsafePointer<CChar>?>

    /// Where the model is.
    enum Origin {
        case file(String)
        /// ONNX Runtime keeps no reference to them.
        case memory(Bytes)
    }

    init(_ origin: Origin, options: SessionOptions, library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure) {
        let api = library.api
        let sessionOptions = try options.make(library)
        defer { api.pointee.ReleaseSessionOptions(sessionOptions) }
        let session = try api.make { created in
            switch origin {
            case .file(let path): api.pointee.CreateSession(library.environment, path, sessionOptions, created)
            case .memory(let bytes):
                bytes.withUnsafeBytes {
                    api.pointee.CreateSessionFromArray(
                        library.environment, $0.baseAddress, $0.count, sessionOptions, created)
                }
            }
        }
        do {
            inputs = try SessionTensor.inputs(of: session, library)
            outputs = try SessionTensor.outputs(of: session, library)
        } catch {
            api.pointee.ReleaseSession(session)
            throw error
        }
        self.library = library
        self.session = session
        inputNames = Self.cStrings(inputs.map(\.name))
        outputNames = Self.cStrings(outputs.map(\.name))
    }

    deinit {
        library.api.pointee.ReleaseSession(session)
        Self.free(inputNames, count: inputs.count)
        Self.free(outputNames, count: outputs.count)
    }

    /// Executes the model.
    ///
    /// - Parameters:
    ///   - values: One per input, in the session's order.
    ///   - results: Room for one per output; each that is written belongs to the caller, also after a failure.
    func run(
        _ values: UnsafeBufferPointer<OpaquePointer?>, into results: UnsafeMutableBufferPointer<OpaquePointer?>
    ) throws(OnnxRuntimeFailure) {
        precondition(values.count == inputs.count && results.count == outputs.count, "values for another session")
        let api = library.api
        try api.check(
            api.pointee.Run(
                session, nil, inputNames, values.baseAddress, values.count, outputNames, results.count,
                results.baseAddress))
    }

    private static func cStrings(_ names: [String]) -> UnsafeMutablePointer<UnsafePointer<CChar>?> {
        let pointers = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: names.count)
        for (index, name) in names.enumerated() {
            (pointers + index).initialize(to: UnsafePointer(strdup(name)))
        }
        return pointers
    }

    private static func free(_ names: UnsafeMutablePointer<UnsafePointer<CChar>?>, count: Int) {
        for index in 0..<count { Glibc.free(UnsafeMutablePointer(mutating: names[index])) }
        names.deallocate()
    }
}
