import DunlinBytes

/// The files below a directory, hidden ones left out.
struct FileTree {
    /// By path relative to the directory.
    private(set) var files: [String: FileStamp] = [:]
    /// The directory and those below it.
    private(set) var directories: [String] = []

    /// - Parameters:
    ///   - maxDepth: Levels of directories; what is deeper is left out.
    ///   - maxEntryCount: Files and directories in all.
    /// - Throws: When a directory cannot be read, or there are more entries than may be.
    init(_ path: String, maxDepth: Int, maxEntryCount: Int = DirectoryListing.maxEntryCount) throws(FileError) {
        var open = [(relative: "", depth: 0)]
        var count = 0
        while let (relative, depth) = open.popLast() {
            let directory = relative.isEmpty ? path : "\(path)/\(relative)"
            directories.append(directory)
            for entry in try DirectoryListing(directory, maxEntryCount: maxEntryCount).entries
            where !entry.name.hasPrefix(".") {
                count += 1
                guard count <= maxEntryCount else {
                    throw .exceeded(path, "more than the limit of \(maxEntryCount) entries")
                }
                let name = relative.isEmpty ? entry.name : "\(relative)/\(entry.name)"
                switch entry.kind {
                case .file(let stamp): files[name] = stamp
                case .directory: if depth < maxDepth { open.append((name, depth + 1)) }
                }
            }
        }
    }
}
