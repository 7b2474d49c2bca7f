package import DunlinBytes
package import DunlinInference

/// The files of a model that a load request brought along; they stand for the model's whole directory and are kept in
/// memory for as long as the model is served.
package struct BroughtFiles: Sendable, Equatable {
    /// By path relative to the model's directory.
    private(set) var files: [String: Bytes] = [:]

    /// - Throws: `.invalidArgument` for a path that is not one of a file below a directory.
    package init(_ files: [String: Bytes]) throws(InferError) {
        for path in files.keys.sorted() {
            let components = path.split(separator: "/", omittingEmptySubsequences: false)
            let problem =
                components.count > ModelRepository.maxLookDepth
                ? "has more than \(ModelRepository.maxLookDepth) levels"
                : components.lazy.compactMap { Self.problem(String($0)) }.first
            if let problem {
                throw InferError(.invalidArgument, "load parameter 'file:\(path.prefix(300))': the path \(problem)")
            }
        }
        self.files = files
    }

    private static func problem(_ component: String) -> String? {
        if component.isEmpty { return "has an empty component" }
        guard ModelName.problem(component) == nil else {
            return component.utf8.count > ModelName.maxByteCount
                ? "has a component of more than \(ModelName.maxByteCount) bytes"
                : "must not contain path traversal or control characters"
        }
        return nil
    }

    var isEmpty: Bool { files.isEmpty }

    /// Version numbers, ascending.
    var versions: [Int] {
        let first = files.keys.compactMap { path -> Int? in
            guard let slash = path.firstIndex(of: "/") else { return nil }
            return VersionName.number(String(path[..<slash]))
        }
        return Set(first).sorted()
    }

    /// The files below a version directory, by path relative to it.
    func version(_ number: Int) -> [String: Bytes] {
        let prefix = "\(number)/"
        var found: [String: Bytes] = [:]
        for (path, bytes) in files where path.hasPrefix(prefix) { found[String(path.dropFirst(prefix.count))] = bytes }
        return found
    }

    /// The files beside the version directories.
    var stamps: [String: FileStamp] {
        let versions = Set(versions.map(String.init))
        return files.filter { path, _ in !versions.contains(String(path.prefix { $0 != "/" })) }
            .mapValues(FileStamp.init(contents:))
    }
}

extension FileStamp {
    /// Equal contents have equal stamps, and others in all likelihood not.
    init(contents: Bytes) {
        var hasher = Hasher()
        hasher.combine(contents)
        inode = UInt64(bitPattern: Int64(hasher.finalize()))
        byteCount = Int64(contents.count)
        modifiedSeconds = 0
        modifiedNanoseconds = 0
    }
}
