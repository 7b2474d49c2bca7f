import DunlinBytes
import DunlinTestSupport
import Glibc
import Synchronization
import Testing

@testable import Dunlin

@Suite struct KeyRingTests {
    private func make(_ scope: AccessScope, _ models: Set<String>? = nil) -> (key: APIKey, text: String) {
        var random = SystemRandomNumberGenerator()
        return APIKey.make(AccessGrant(scopes: [scope], models: models), using: &random)
    }

    private func grant(_ keys: KeyRing, _ text: String) -> AccessGrant? {
        Array(text.utf8).withUnsafeBytes(keys.grant)
    }

    @Test func aKeyIsGoodForWhatItsLineSays() {
        let (infer, admin) = (make(.infer, ["iris"]), make(.admin))
        let keys = KeyRing(path: "")
        keys.use([infer.key, admin.key])
        // The second time each is known.
        for _ in 0..<2 {
            #expect(grant(keys, infer.text) == infer.key.grant)
            #expect(grant(keys, admin.text) == admin.key.grant)
        }
    }

    @Test func everyOtherTextIsNoKeyBeforeAndAfterItsUse() {
        let (made, other) = (make(.infer), make(.infer))
        let keys = KeyRing(path: "")
        keys.use([made.key, other.key])
        let (prefix, text) = (made.key.prefix, made.text)
        let last = text.last == "x" ? "y" : "x"
        var wrong: [String] = ["", ".", prefix, "\(prefix).", "\(text)a", "\(text.dropLast())", " \(text)"]
        wrong += ["\(text.dropLast())\(last)", text.replacing(".", with: ":"), make(.infer).text]
        wrong += ["\(prefix)\(other.text.dropFirst(16))", "\(prefix).\(String(repeating: "a", count: 257))"]
        wrong += [String(repeating: "\u{0}", count: 81)]
        for isKnown in [false, true] {
            for text in wrong { #expect(grant(keys, text) == nil, "\(text) \(isKnown)") }
            #expect(grant(keys, made.text) != nil)
        }
    }

    @Test func aKeyThatIsTakenAwayIsNoneAtOnce() {
        let (one, other) = (make(.infer), make(.infer))
        let keys = KeyRing(path: "")
        keys.use([one.key])
        #expect(grant(keys, one.text) != nil && grant(keys, other.text) == nil)
        keys.use([other.key])
        #expect(grant(keys, one.text) == nil && grant(keys, other.text) != nil)
    }

    @Test func theFileIsFollowedAndABadOneChangesNothing() throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/keys"
        let keys = KeyRing(path: path)
        #expect(keys.look() != .unchanged)
        #expect(keys.look() == .unchanged, "a file that is not there is told of once")
        let (one, other) = (make(.infer), make(.infer))
        folder.write("keys", one.key.line + "\n")
        #expect(keys.look() == .loaded(keyCount: 1) && keys.look() == .unchanged)
        #expect(grant(keys, one.text) != nil)
        folder.write("keys", one.key.line + "\n" + other.key.line.dropLast(30))
        guard case .failed(let problem) = keys.look() else {
            Issue.record("a bad file was accepted")
            return
        }
        #expect(problem.hasPrefix("\(path), line 2: "), "\(problem)")
        #expect(grant(keys, one.text) != nil && grant(keys, other.text) == nil)
        folder.write("keys", other.key.line)
        #expect(keys.look() == .loaded(keyCount: 1))
        #expect(grant(keys, one.text) == nil && grant(keys, other.text) != nil)
        unlink(path)
        #expect(keys.look() == .failed("\(path): No such file or directory"))
        #expect(grant(keys, other.text) != nil, "keys stay in force when their file is gone")
    }

    @Test func aFileThatCouldNotBeReadForAMomentIsReadLater() {
        let folder = TemporaryDirectory()
        let isOutOfDescriptors = Atomic(false)
        let keys = KeyRing(path: folder.path + "/keys") { path throws(FileError) in
            guard isOutOfDescriptors.load(ordering: .relaxed) else { return try KeyRing.read(path) }
            errno = EMFILE
            throw .system(path)
        }
        let (one, other) = (make(.infer), make(.infer))
        folder.write("keys", one.key.line)
        #expect(keys.look() == .loaded(keyCount: 1))
        isOutOfDescriptors.store(true, ordering: .relaxed)
        // Of another length: what is written in the same moment may have the same time, and the place of the file before it.
        folder.write("keys", other.key.line + "\n")
        #expect(keys.look() == .failed("\(keys.path): Too many open files"))
        #expect(keys.look() == .unchanged, "the same problem is told of once")
        #expect(grant(keys, one.text) != nil, "keys stay in force when their file cannot be read")
        isOutOfDescriptors.store(false, ordering: .relaxed)
        #expect(keys.look() == .loaded(keyCount: 1) && keys.look() == .unchanged)
        #expect(grant(keys, one.text) == nil && grant(keys, other.text) != nil)
    }

    @Test func aFileThatAllMayReadIsToldApart() {
        let folder = TemporaryDirectory()
        folder.write("keys", "")
        let keys = KeyRing(path: folder.path + "/keys")
        chmod(keys.path, 0o644)
        #expect(keys.isWorldReadable)
        chmod(keys.path, 0o640)
        #expect(!keys.isWorldReadable)
    }

    @Test func keysAreAddedToAFileOfTheirOwnersAlone() throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/keys"
        let first = try NewAPIKey(scopes: "infer,metrics", models: nil)
        try first.append(to: path)
        let keys = KeyRing(path: path)
        #expect(keys.look() == .loaded(keyCount: 1) && !keys.isWorldReadable)
        // A last line without its end.
        folder.write("keys", "# by hand")
        let second = try NewAPIKey(scopes: "admin", models: "a%2Cb,c")
        try second.append(to: path)
        #expect(keys.look() == .loaded(keyCount: 1))
        #expect(grant(keys, second.text) == AccessGrant(scopes: [.admin], models: ["a,b", "c"]))
        #expect(throws: UnusableAPIKey.self) { try NewAPIKey(scopes: "all", models: nil) }
        #expect(throws: UnusableAPIKey.self) { try second.append(to: folder.path) }
    }
}
