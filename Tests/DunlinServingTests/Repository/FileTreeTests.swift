import DunlinBytes
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct FileTreeTests {
    @Test func filesAreFoundBelowAndHiddenOnesAreNot() throws {
        let directory = TemporaryDirectory()
        for name in ["a", "1/model.onnx", "1/weights/part", ".hidden", "1/.git/x"] { directory.write(name, "text") }
        let tree = try FileTree(directory.path, maxDepth: 2)
        #expect(tree.files.keys.sorted() == ["1/model.onnx", "1/weights/part", "a"])
        #expect(tree.directories.sorted() == ["", "/1", "/1/weights"].map { directory.path + $0 })
        #expect(try FileTree(directory.path, maxDepth: 1).files.keys.sorted() == ["1/model.onnx", "a"])
    }

    @Test func aFileThatGrowsOrIsReplacedHasAnotherStamp() throws {
        let directory = TemporaryDirectory()
        directory.write("a", "1")
        let first = try FileTree(directory.path, maxDepth: 1).files
        #expect(try FileTree(directory.path, maxDepth: 1).files == first)
        directory.write("a", "12")
        #expect(try FileTree(directory.path, maxDepth: 1).files != first)
    }

    @Test func aCircleOfLinksEndsAtTheDepth() throws {
        let directory = TemporaryDirectory()
        directory.write("d/a")
        directory.link("d/up", to: "..")
        let tree = try FileTree(directory.path, maxDepth: 8)
        #expect(tree.files["d/a"] != nil && tree.directories.count == 9)
    }

    @Test func entriesHaveALimit() throws {
        let directory = TemporaryDirectory()
        for name in ["a/x", "a/y", "b/x"] { directory.write(name) }
        #expect(try FileTree(directory.path, maxDepth: 1, maxEntryCount: 5).files.count == 3)
        #expect(throws: FileError.self) { try FileTree(directory.path, maxDepth: 1, maxEntryCount: 4) }
        #expect(throws: FileError.self) { try FileTree(directory.path + "/none", maxDepth: 1) }
    }
}
