import Foundation
import Testing

@testable import DunlinBytes

/// Files that change, and copies of them.
@Suite struct FileStampTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("dunlin-\(UUID().uuidString)").path

    private func write(_ text: String, replacing: Bool = false) throws {
        try text.write(toFile: path, atomically: replacing, encoding: .utf8)
    }

    @Test func everyChangeShows() throws {
        defer { unlink(path) }
        let none = FileStamp(path)
        try write("a")
        let first = FileStamp(path)
        #expect(first != none && FileStamp(path) == first)
        try write("ab")
        let second = FileStamp(path)
        #expect(second != first)
        try write("ab", replacing: true)
        #expect(FileStamp(path) != second)
        chmod(path, 0o640)
        #expect(!FileStamp.isWorldReadable(path))
        chmod(path, 0o644)
        #expect(FileStamp.isWorldReadable(path))
    }

    @Test(arguments: [(0, ""), (3, "abc"), (4, "abcd"), (5, "abcd")])
    func aCopyEndsAtTheLimit(most: Int, expected: String) throws {
        defer { unlink(path) }
        try write("abcd")
        let copy = try Bytes(copyingFile: path, most: most)
        #expect(copy.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect(throws: FileError.self) {
            try Bytes(copyingFile: path, most: 1)
        }
    }
}
