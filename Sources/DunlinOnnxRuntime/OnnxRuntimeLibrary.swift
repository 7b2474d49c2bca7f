import COnnxRuntime
import DunlinInference
import Glibc

/// The opened library: its function table and the environment that all sessions of the process share.
///
/// `@unchecked Sendable` because nothing changes after `init`, and ONNX Runtime documents what the pointers refer to
/// (table, environment, memory description, default allocator) as usable from any thread. Never closed: the library
/// has threads of its own that would outlive it.
final class OnnxRuntimeLibrary: @unchecked Sendable {
    /// The table itself is 2 KiB: call through the pointer, never copy it.
    let api: UnsafePointer<DunlinOrtApi>
    let version: String
    let environment: OpaquePointer
    let memory: OpaquePointer
    let allocator: OpaquePointer

    /// Opens the first candidate that is ONNX Runtime and new enough.
    ///
    /// - Throws: `.unsupported` with every place tried and what to install.
    static func open(_ search: LibrarySearch, for model: String?) throws(InferError) -> OnnxRuntimeLibrary {
        var refusals: [String] = []
        for candidate in search.candidates {
            do {
                return try OnnxRuntimeLibrary(path: candidate)
            } catch {
                // That a file is not there goes without saying in a list of places that were looked at.
                let isAbsent = error.message.contains("No such file")
                refusals.append(isAbsent ? candidate : "\(candidate) (\(error.message))")
            }
        }
        throw InferError(
            .unsupported,
            (model.map { "model '\($0)': " } ?? "") + "ONNX Runtime is not installed: "
                + "install libonnxruntime-dev, or run scripts/install-onnxruntime.sh, or name the library in "
                + "\(LibrarySearch.variable); looked for " + refusals.joined(separator: ", "))
    }

    private init(path: String) throws(OnnxRuntimeFailure) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw OnnxRuntimeFailure(Self.shortened(dlerror().map { String(cString: $0) } ?? "", path: path))
        }
        guard let symbol = dlsym(handle, "OrtGetApiBase"), let base = dunlin_ort_api_base(symbol) else {
            throw OnnxRuntimeFailure("not ONNX Runtime: it exports no OrtGetApiBase")
        }
        version = base.pointee.GetVersionString().map { String(cString: $0) } ?? "unknown"
        guard let api = base.pointee.GetApi(DUNLIN_ORT_API_VERSION) else {
            throw OnnxRuntimeFailure("version \(version) is too old; 1.\(DUNLIN_ORT_API_VERSION) or later is needed")
        }
        self.api = api
        // Errors come back as statuses and are reported once, with the model's name: keep the library's log quiet.
        environment = try api.make { api.pointee.CreateEnv(Int32(DUNLIN_ORT_LOGGING_FATAL), "dunlin", $0) }
        memory = try api.make {
            api.pointee.CreateCpuMemoryInfo(Int32(DUNLIN_ORT_ARENA_ALLOCATOR), Int32(DUNLIN_ORT_MEMORY_DEFAULT), $0)
        }
        allocator = try api.make { api.pointee.GetAllocatorWithDefaultOptions($0) }
    }

    /// The loader's message without the path that stands before it anyway.
    private static func shortened(_ message: String, path: String) -> String {
        guard message.hasPrefix(path + ": ") else { return message }
        return String(message.dropFirst(path.count + 2))
    }
}
