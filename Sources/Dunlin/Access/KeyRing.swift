import DunlinBytes
import Synchronization

/// The API keys of one file, as of its last good reading.
///
/// A key's digest is computed when it is used for the first time; then its secret is kept until the file changes, so that
/// later requests only compare. One secret for each key is kept, whatever clients send.
final class KeyRing: Sendable {
    /// What came of a look at the file.
    enum Look: Equatable {
        case unchanged
        case loaded(keyCount: Int)
        /// The keys from before stay in force.
        case failed(String)
    }

    typealias Reader = @Sendable (_ path: String) throws(FileError) -> Bytes

    let path: String
    private let read: Reader
    private let state = Mutex(State())

    private struct State {
        var keys: [KnownKey] = []
        var indices: [Prefix: Int] = [:]
        var stamp: FileStamp?
        /// Why the file could not be read the last time; told once.
        var problem: String?
        /// Counts readings, so that what was verified against an earlier one is not kept.
        var generation = 0
    }

    private struct KnownKey {
        let key: APIKey
        var verifiedSecret: [UInt8]?
    }

    /// The 16 bytes before the dot.
    private typealias Prefix = SIMD2<UInt64>

    init(path: String, read: @escaping Reader = KeyRing.read) {
        self.path = path
        self.read = read
    }

    /// Reads the file unless it is the one that was looked at last.
    ///
    /// One that cannot be read is tried again with each look: the process may have been out of descriptors for a moment,
    /// and a key that was taken away must not stay for that.
    func look() -> Look {
        let stamp = FileStamp(path)
        let isKnown = state.withLock { state in
            defer { state.stamp = stamp }
            return state.stamp == stamp
        }
        if isKnown { return .unchanged }
        let text: Bytes
        do throws(FileError) { text = try read(path) } catch {
            let problem = "\(error)"
            let isTold = state.withLock { state in
                defer { (state.stamp, state.problem) = (nil, problem) }
                return state.problem == problem
            }
            return isTold ? .unchanged : .failed(problem)
        }
        state.withLock { $0.problem = nil }
        do throws(TextFormatError) {
            let keys = try APIKeyFile.keys(text)
            use(keys)
            return .loaded(keyCount: keys.count)
        } catch {
            return .failed("\(path), \(error)")
        }
    }

    /// Puts `keys` in the place of those before.
    func use(_ keys: [APIKey]) {
        let known = keys.map { KnownKey(key: $0) }
        let prefixes = keys.map { Array($0.prefix.utf8).withUnsafeBytes { $0.loadUnaligned(as: Prefix.self) } }
        let indices = Dictionary(zip(prefixes, keys.indices), uniquingKeysWith: { first, _ in first })
        state.withLock { state in
            state.keys = known
            state.indices = indices
            state.generation += 1
        }
    }

    /// What the holder of a key may do; `nil` when there is no such key. Compares in constant time.
    ///
    /// - Parameter text: `<prefix>.<secret>`, as it was received.
    func grant(for text: UnsafeRawBufferPointer) -> AccessGrant? {
        let count = APIKey.prefixByteCount
        guard text.count > count, text[count] == UInt8(ascii: "."),
            APIKey.secretByteCounts.contains(text.count - count - 1)
        else { return nil }
        let prefix = text.loadUnaligned(as: Prefix.self)
        let secret = UnsafeRawBufferPointer(rebasing: text[(count + 1)...])
        enum Finding { case unknown, verified(AccessGrant), candidate(APIKey, index: Int, generation: Int) }
        let finding: Finding = state.withLock { state in
            guard let index = state.indices[prefix] else { return .unknown }
            let isVerified = state.keys[index].verifiedSecret?.withUnsafeBytes { Self.isEqual($0, secret) } ?? false
            if isVerified { return .verified(state.keys[index].key.grant) }
            return .candidate(state.keys[index].key, index: index, generation: state.generation)
        }
        switch finding {
        case .unknown: return nil
        case .verified(let grant): return grant
        case .candidate(let key, let index, let generation):
            guard APIKey.digest(salt: key.salt, secret: secret) == key.digest else { return nil }
            state.withLock { state in
                if state.generation == generation { state.keys[index].verifiedSecret = Array(secret) }
            }
            return key.grant
        }
    }

    /// Whether the users of this machine who are not the file's owner or group may read it.
    var isWorldReadable: Bool { FileStamp.isWorldReadable(path) }

    /// The number of bytes is no secret.
    private static func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }

    static func read(_ path: String) throws(FileError) -> Bytes {
        // One byte more than it may have: the reader of the text says what is wrong with that.
        try Bytes(copyingFile: path, most: APIKeyFile.maxByteCount + 1)
    }
}
