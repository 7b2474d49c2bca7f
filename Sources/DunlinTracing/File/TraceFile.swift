import DunlinBytes
import Glibc

/// A JSON array on disk that grows, and is a whole JSON text after every write: the bracket at its end is written over.
///
/// The file is made with the first write; one that was there is emptied.
struct TraceFile: ~Copyable {
    struct Failure: Error { let reason: String }

    private let descriptor: Int32
    /// Where the next element goes.
    private var end: off_t = 0
    private var isEmpty = true

    init(_ path: String) throws(Failure) {
        // What clients' requests were and when is for the operator and its group.
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure(reason: "\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Appends elements that have commas between them already.
    mutating func append(_ elements: Bytes) throws(Failure) {
        var text = BytesBuilder(capacity: elements.count + 8)
        text.append(isEmpty ? "[" : ",\n")
        text.append(elements)
        let contentCount = text.count
        text.append("]\n")
        try write(text.finish())
        end += off_t(contentCount)
        isEmpty = false
    }

    private func write(_ bytes: Bytes) throws(Failure) {
        let failure = bytes.withUnsafeBytes { buffer -> Int32? in
            var done = 0
            while done < buffer.count {
                let count = pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, end + off_t(done))
                if count > 0 {
                    done += count
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
        if let failure { throw Failure(reason: String(cString: strerror(failure))) }
    }
}
