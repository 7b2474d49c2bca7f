import Glibc

/// An owned, immutable run of bytes; slices share their owner and copy nothing.
///
/// The memory may come from the heap, from a mapped file or from foreign code, and lives until the last
/// slice is gone. `@unchecked Sendable` because the memory behind `base` is never written after the value
/// is made: `BytesBuilder` gives up its buffer when it finishes, and mappings are read-only and private.
public struct Bytes: @unchecked Sendable {
    /// Keeps the memory alive; `nil` for the empty value.
    @usableFromInline private(set) var owner: BytesOwner?
    /// The first byte; `nil` only when `count` is 0.
    public let base: UnsafeRawPointer?
    public let count: Int

    /// No bytes.
    @inlinable public init() {
        owner = nil
        base = nil
        count = 0
    }

    @usableFromInline init(owner: BytesOwner?, base: UnsafeRawPointer?, count: Int) {
        self.owner = owner
        self.base = base
        self.count = count
    }

    /// Takes over `count` bytes that were allocated with `malloc`; they are freed with the last slice.
    public init(adopting memory: UnsafeMutableRawPointer, count: Int) {
        self.init(owner: BytesOwner(memory: memory, release: .free), base: UnsafeRawPointer(memory), count: count)
    }

    /// Takes over `count` bytes of a block of `capacity` bytes, which goes to `pool` with the last slice.
    init(adopting memory: UnsafeMutableRawPointer, count: Int, capacity: Int, of pool: BytesPool) {
        let owner = BytesOwner(memory: memory, release: .pool(pool, capacity: capacity))
        self.init(owner: owner, base: UnsafeRawPointer(memory), count: count)
    }

    /// Borrows `count` bytes at `base` until `release` is called, which happens when the last slice is gone.
    public init(foreign base: UnsafeRawPointer?, count: Int, release: @escaping @Sendable () -> Void) {
        self.init(owner: BytesOwner(memory: nil, release: .call(release)), base: base, count: count)
    }

    /// Copies the bytes of `source`.
    public init(copying source: UnsafeRawBufferPointer) {
        guard let from = source.baseAddress, source.count > 0 else {
            self.init()
            return
        }
        self.init(uninitializedCount: source.count) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: from, count: $0.count))
        }
    }

    /// Copies an array.
    public init(_ array: [UInt8]) {
        self = array.withUnsafeBytes { Bytes(copying: $0) }
    }

    /// Copies the UTF-8 of a string.
    public init(_ string: String) {
        var string = string
        self = string.withUTF8 { Bytes(copying: UnsafeRawBufferPointer($0)) }
    }

    /// Whether no other value shares this memory: who made it may then write it again for something new.
    package mutating func isSoleOwner() -> Bool { isKnownUniquelyReferenced(&owner) }

    /// Allocates `count` bytes, aligned to 16, and lets `fill` write all of them.
    public init(uninitializedCount count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        guard count > 0 else {
            self.init()
            return
        }
        let memory = malloc(count)!
        fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
        self.init(adopting: memory, count: count)
    }

    /// Allocates `capacity` bytes, aligned to 16; `fill` writes the first of them and returns how many.
    package init(capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        var count = 0
        let all = Bytes(uninitializedCount: capacity) { count = fill($0) }
        precondition(count >= 0 && count <= capacity, "\(count) bytes where there is room for \(capacity)")
        self.init(owner: all.owner, base: all.base, count: count)
    }

    /// Writes memory again that `init(capacity:_:)` made with this capacity.
    ///
    /// - Precondition: `isSoleOwner()`: nobody else reads it.
    package mutating func rewrite(capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        guard let base else { return }
        let count = fill(UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(mutating: base), count: capacity))
        precondition(count >= 0 && count <= capacity, "\(count) bytes where there is room for \(capacity)")
        self = Bytes(owner: owner, base: base, count: count)
    }

    @inlinable public var isEmpty: Bool { count == 0 }

    /// The byte at `index`. Programmer error when out of range: traps.
    @inlinable public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "byte index out of range")
        return base.unsafelyUnwrapped.load(fromByteOffset: index, as: UInt8.self)
    }

    /// A slice that shares this value's memory. Programmer error when out of range: traps.
    @inlinable public subscript(range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "byte range out of range")
        if range.isEmpty { return Bytes() }
        return Bytes(owner: owner, base: base.unsafelyUnwrapped + range.lowerBound, count: range.count)
    }

    /// All bytes from `offset` on.
    @inlinable public func dropFirst(_ offset: Int) -> Bytes { self[Swift.min(offset, count)..<count] }

    /// Gives `body` the memory, which stays valid for the call.
    @inlinable public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// The bytes as an array.
    public var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// The bytes as text; ill-formed UTF-8 is repaired.
    public var string: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

extension Bytes: Equatable, Hashable {
    public static func == (lhs: Bytes, rhs: Bytes) -> Bool {
        lhs.count == rhs.count && (lhs.count == 0 || memcmp(lhs.base!, rhs.base!, lhs.count) == 0)
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// Frees what a `Bytes` refers to when its last slice is gone.
///
/// `@unchecked Sendable` because nothing changes after `init`: the pointer is only used by `deinit`.
@usableFromInline final class BytesOwner: @unchecked Sendable {
    enum Release {
        case free
        case unmap(count: Int)
        case pool(BytesPool, capacity: Int)
        case call(@Sendable () -> Void)
    }

    private let memory: UnsafeMutableRawPointer?
    private let release: Release

    init(memory: UnsafeMutableRawPointer?, release: Release) {
        self.memory = memory
        self.release = release
    }

    deinit {
        switch release {
        case .free: free(memory)
        case .unmap(let count): munmap(memory, count)
        case .pool(let pool, let capacity): PooledMemory.release(memory, capacity, to: pool)
        case .call(let body): body()
        }
    }
}
