import DunlinBytes
import Glibc

/// What tells one state of a file from another without reading it.
struct FileStamp: Sendable, Hashable {
    var inode: UInt64
    var byteCount: Int64
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        byteCount = Int64(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}

/// The names in one directory, sorted, with what each is after following symbolic links.
struct DirectoryListing {
    enum Kind { case file(FileStamp), directory }

    struct Entry {
        let name: String
        let kind: Kind
    }

    private(set) var entries: [Entry] = []

    /// Entries looked at in one directory, whatever they are.
    static let maxEntryCount = 65_536

    /// - Throws: `FileError` when the directory cannot be read or has more than `maxEntryCount` entries.
    init(_ path: String, maxEntryCount: Int = Self.maxEntryCount) throws(FileError) {
        guard let stream = opendir(path) else { throw .system(path) }
        defer { closedir(stream) }
        var seen = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            seen += 1
            guard seen <= maxEntryCount else {
                throw .exceeded(path, "more than the limit of \(maxEntryCount) entries")
            }
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: entries.append(Entry(name: name, kind: .directory))
            case S_IFREG: entries.append(Entry(name: name, kind: .file(FileStamp(status))))
            default: break
            }
        }
        entries.sort { $0.name < $1.name }
    }

    var directories: [String] {
        entries.compactMap { if case .directory = $0.kind { $0.name } else { nil } }
    }

    var files: [String: FileStamp] {
        var files: [String: FileStamp] = [:]
        for entry in entries {
            if case .file(let stamp) = entry.kind { files[entry.name] = stamp }
        }
        return files
    }
}

extension FileError {
    static func exceeded(_ path: String, _ reason: String) -> FileError { FileError(path: path, reason: reason) }
}
