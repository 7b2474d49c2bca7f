import DunlinBytes
import DunlinInference
import DunlinTestSupport
import Glibc
import Testing

@testable import DunlinServing

@Suite struct ModelRepositoryTests {
    private let directory = TemporaryDirectory()

    private func repository(_ change: (inout ServingConfiguration) -> Void = { _ in }) -> ModelRepository {
        var configuration = ServingConfiguration()
        change(&configuration)
        return ModelRepository(path: directory.path, configuration: configuration)
    }

    private func message(_ body: () throws(InferError) -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return error.message
        }
    }

    @Test func listsDirectoriesThatHoldAVersionOrAConfiguration() throws {
        directory.write("b/1/model.onnx")
        directory.write("a/config.pbtxt")
        directory.write("toml/any.toml")
        directory.write("lost+found/readme")
        directory.write(".hidden/1/model.onnx")
        directory.write("file")
        #expect(try repository().modelNames() == ["a", "b", "toml"])
    }

    @Test func findsVersionsAndIgnoresOtherDirectories() throws {
        for name in ["1", "10", "9", "01", "0", "old", "2x"] {
            directory.makeDirectory("m"); directory.makeDirectory("m/\(name)")
        }
        directory.write("m/3")
        #expect(try repository().model("m").versions == [1, 9, 10])
    }

    @Test func configPbtxtIsPreferredThenTOMLThenAnyPbtxt() throws {
        directory.write("m/1/model.onnx")
        directory.write("m/other.pbtxt", "backend: \"pbtxt\"")
        #expect(try repository().model("m").configuration.backend == "pbtxt")
        directory.write("m/any.toml", "backend = \"toml\"")
        #expect(try repository().model("m").configuration.backend == "toml")
        directory.write("m/config.pbtxt", "backend: \"config\"")
        #expect(try repository().model("m").configuration.backend == "config")
    }

    @Test func problemsNameTheFile() {
        directory.write("two/a.toml")
        directory.write("two/b.toml")
        #expect(
            message { () throws(InferError) in _ = try repository().model("two") }
                == "model 'two' has more than one configuration file: a.toml, b.toml")
        directory.write("bad/config.pbtxt", "name: \"bad\"\nx: 1")
        #expect(
            message { () throws(InferError) in _ = try repository().model("bad") }
                == "model 'bad': config.pbtxt: line 2: unknown field 'x'")
        directory.write("named/config.pbtxt", "name: \"other\"")
        #expect(
            message { () throws(InferError) in _ = try repository().model("named") }
                == "model 'named': config.pbtxt: name is 'other'; it must equal the directory's name")
        #expect(
            message { () throws(InferError) in _ = try repository().model("none") }
                == "model 'none' is not in the model repository")
    }

    @Test func readsLabels() throws {
        directory.write("m/config.pbtxt", "output { name: \"y\" dims: 2 label_filename: \"labels/y.txt\" }")
        #expect(
            message { () throws(InferError) in _ = try repository().model("m") }
                == "model 'm': label_filename of output 'y': there is no file 'labels/y.txt'")
        directory.write("m/labels/y.txt", "setosa\r\nversi color\n\nlast")
        #expect(try repository().model("m").labels == ["y": ["setosa", "versi color", "", "last"]])
        directory.write("m/labels/y.txt", "one\ntwo\n")
        #expect(try repository().model("m").labels == ["y": ["one", "two"]])
    }

    @Test func nothingLeadsOutOfTheRepository() throws {
        let outside = TemporaryDirectory()
        outside.write("1/model.onnx", "secret")
        outside.write("config.pbtxt")
        directory.link("link", to: outside.path)
        #expect(
            message { () throws(InferError) in _ = try repository().model("link") }
                == "model 'link' leads out of the model repository")
        directory.write("m/1/other")
        directory.link("m/2", to: "\(outside.path)/1")
        let model = try repository().model("m")
        #expect(
            message { () throws(InferError) in _ = try repository().version(2, of: model) }
                == "version 2 of model 'm' leads out of the model repository")
        directory.link("m/1/model.onnx", to: "\(outside.path)/1/model.onnx")
        let (path, files) = try repository().version(1, of: model)
        #expect(
            message { () throws(InferError) in
                _ = try repository().modelFile(configured: "", usual: "model.onnx", in: path, files: files, of: "m")
            }.contains("leads out of the model repository"))
        directory.write("c/1/model.onnx")
        directory.link("c/config.pbtxt", to: "\(outside.path)/config.pbtxt")
        #expect(message { () throws(InferError) in _ = try repository().model("c") }.contains("leads out"))
        for name in ["../secret", "/etc/passwd", "a/../../b", "..", "a//b"] {
            directory.write("l/config.pbtxt", "output { name: \"y\" dims: 2 label_filename: \"\(name)\" }")
            #expect(
                message { () throws(InferError) in _ = try repository().model("l") }.contains("path traversal"),
                "\(name)")
        }
    }

    @Test func linksInsideTheRepositoryAreFollowed() throws {
        directory.write("data/m/1/model.onnx")
        directory.link("m", to: "data/m")
        #expect(try repository().model("m").versions == [1])
    }

    @Test func workerPathsStayInside() throws {
        directory.write("m/1/model.onnx")
        #expect(try repository().file(atPath: "m/1/model.onnx").hasSuffix("/m/1/model.onnx"))
        #expect(try repository().file(atPath: "\(directory.path)/m/1/model.onnx").hasSuffix("/m/1/model.onnx"))
        for path in ["../x", "m/../../x", "/etc/passwd", "", "a\0b", "m/1/none"] {
            #expect(throws: InferError.self, "\(path)") { try repository().file(atPath: path) }
        }
    }

    @Test func choosesTheModelFile() throws {
        directory.write("m/1/iris.onnx")
        let repository = repository()
        let (path, files) = try repository.version(1, of: try repository.model("m"))
        func file(_ configured: String) throws(InferError) -> String {
            try repository.modelFile(configured: configured, usual: "model.onnx", in: path, files: files, of: "m")
        }
        #expect(try file("").hasSuffix("/m/1/iris.onnx"))
        #expect(try file("iris.onnx").hasSuffix("/m/1/iris.onnx"))
        #expect(throws: InferError(.notFound, "model 'm': there is no file 'x.onnx' in its version directory")) {
            try file("x.onnx")
        }
        #expect(throws: InferError.self) { try file("../1/iris.onnx") }
    }

    @Test func limitsHoldOnBothSides() throws {
        directory.write("a/1/model.onnx")
        directory.write("a/2/model.onnx")
        directory.write("b/config.pbtxt", "name: \"b\"")
        #expect(throws: Never.self) { try repository { $0.maxModelCount = 2 }.modelNames() }
        #expect(throws: InferError.self) { try repository { $0.maxModelCount = 1 }.modelNames() }
        #expect(throws: Never.self) { try repository { $0.maxVersionCount = 2 }.model("a") }
        #expect(throws: InferError.self) { try repository { $0.maxVersionCount = 1 }.model("a") }
        #expect(throws: Never.self) { try repository { $0.maxConfigurationByteCount = 9 }.model("b") }
        #expect(throws: InferError.self) { try repository { $0.maxConfigurationByteCount = 8 }.model("b") }
        directory.write("c/config.pbtxt", "output { name: \"y\" dims: 2 label_filename: \"l\" }")
        directory.write("c/l", "1234")
        #expect(throws: Never.self) { try repository { $0.maxLabelByteCount = 4 }.model("c") }
        #expect(throws: InferError.self) { try repository { $0.maxLabelByteCount = 3 }.model("c") }
        #expect(throws: Never.self) { try DirectoryListing(directory.path, maxEntryCount: 3) }
        #expect(throws: (any Error).self) { try DirectoryListing(directory.path, maxEntryCount: 2) }
    }

    @Test func whatCannotBeSeenIsNotTakenForAbsent() throws {
        let directory = TemporaryDirectory()
        for name in ["a", "b"] { directory.write(name, "text") }
        for (link, target) in [("lost", "none"), ("below", "a/file"), ("round", "round")] {
            symlink(target, "\(directory.path)/\(link)")
        }
        #expect(
            try DirectoryListing(directory.path).files.keys.sorted() == ["a", "b"],
            "links that lead nowhere")
        let error = #expect(throws: FileError.self) {
            try DirectoryListing(directory.path) { path throws(FileError) in
                guard path.hasSuffix("/b") else { return try DirectoryListing.status(path) }
                throw FileError(path: path, reason: "Stale file handle")
            }
        }
        #expect(error?.description == "\(directory.path): 'b': Stale file handle")
        let tooLong = directory.path + "/" + String(repeating: "x", count: 300)
        #expect(throws: FileError.self) { try DirectoryListing.status(tooLong) }
        #expect(try DirectoryListing.status(directory.path + "/none") == nil)
    }

    @Test func aMissingRepositoryIsSaid() {
        let missing = ModelRepository(path: directory.path + "/none", configuration: .init())
        #expect(throws: InferError(.notFound, "the model repository '\(directory.path)/none' is not a directory")) {
            try missing.modelNames()
        }
    }
}
