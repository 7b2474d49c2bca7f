import Glibc

/// Where ONNX Runtime's shared library is looked for.
///
/// `DUNLIN_ONNXRUNTIME_LIBRARY` alone when it is set; otherwise beside the executable, in `../lib` of it, in the
/// project's `.cache` when the executable stands in a `.build` folder, and then wherever the system's loader looks.
/// Never the working directory: a library there may be anyone's.
struct LibrarySearch {
    static let variable = "DUNLIN_ONNXRUNTIME_LIBRARY"
    static let soname = "libonnxruntime.so.1"

    /// In the order they are tried. A bare file name goes to the system's loader.
    let candidates: [String]

    init(
        environment: String? = getenv(variable).map { String(cString: $0) }, executable: String? = Self.executablePath()
    ) {
        if let environment, !environment.isEmpty {
            candidates = [environment]
        } else {
            candidates = (executable.map(Self.beside) ?? []) + [Self.soname, "/usr/local/lib/\(Self.soname)"]
        }
    }

    private static func beside(executable: String) -> [String] {
        let folders = executable.split(separator: "/").dropLast().map(String.init)
        let folder = "/" + folders.joined(separator: "/")
        let parent = "/" + folders.dropLast().joined(separator: "/")
        var found = ["\(folder)/\(soname)", "\(parent)/lib/\(soname)"]
        if let build = folders.lastIndex(where: { $0.hasPrefix(".build") }) {
            let project = "/" + folders[..<build].joined(separator: "/")
            found.append("\(project)/.cache/onnxruntime/lib/\(soname)")
        }
        return found
    }

    /// The running program's file, symbolic links resolved; `nil` when `/proc` does not say.
    static func executablePath() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
