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

    /// - Parameter status: Asks what is at a path; `nil`: nothing.
    /// - Throws: `FileError` when the directory or what is at an entry cannot be read, or there are more than
    ///   `maxEntryCount` entries: what cannot be seen must not pass for what is not there.
    init(
        _ path: String, maxEntryCount: Int = Self.maxEntryCount,
        status: (String) throws(FileError) -> stat? = Self.status
    ) throws(FileError) {
        guard let stream = opendir(path) else { throw .system(path) }
        defer { closedir(stream) }
        var seen = 0
        while true {
            // The end of the directory is told from an error by `errno` alone.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .system(path) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            seen += 1
            guard seen <= maxEntryCount else {
                throw .exceeded(path, "more than the limit of \(maxEntryCount) entries")
            }
            let found: stat?
            do throws(FileError) {
                found = try status("\(path)/\(name)")
            } catch {
                throw FileError(path: path, reason: "'\(name)': \(error.reason)")
            }
            guard let status = found else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: entries.append(Entry(name: name, kind: .directory))
            case S_IFREG: entries.append(Entry(name: name, kind: .file(FileStamp(status))))
            default: break
            }
        }
        entries.sort { $0.name < $1.name }
    }

    /// What is at a path after following symbolic links; `nil` for what has just gone, and for links that lead nowhere.
    static func status(_ path: String) throws(FileError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard [ENOENT, ENOTDIR, ELOOP].contains(errno) else { throw .system(path) }
        return nil
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
