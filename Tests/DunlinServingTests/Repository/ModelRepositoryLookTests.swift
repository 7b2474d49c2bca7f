import DunlinInference
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct ModelRepositoryLookTests {
    private static func look(_ directory: TemporaryDirectory) throws -> ModelRepository.Looks {
        try ModelRepository(path: directory.path, configuration: ServingConfiguration()).look()
    }

    private static func isComplete(_ look: RepositoryWatch.Look?) -> Bool? {
        if case .files(_, let isComplete)? = look { isComplete } else { nil }
    }

    @Test func aModelIsCompleteWithAFileInAVersion() throws {
        let directory = TemporaryDirectory()
        directory.write("whole/1/model.onnx")
        directory.write("configured/config.pbtxt")
        directory.write("empty/config.pbtxt")
        directory.makeDirectory("empty/1")
        directory.write("other/01/model.onnx")
        directory.write(".hidden/1/model.onnx")
        directory.makeDirectory("nothing")
        let looks = try Self.look(directory)
        #expect(looks.models.keys.sorted() == ["configured", "empty", "whole"])
        #expect(Self.isComplete(looks.models["whole"]) == true)
        #expect(Self.isComplete(looks.models["configured"]) == false)
        #expect(Self.isComplete(looks.models["empty"]) == false)
    }

    /// A directory without anything in it may become a model: the kernel is asked to tell.
    @Test func directoriesThatAreNoModelsYetAreWatched() throws {
        let directory = TemporaryDirectory()
        directory.write("whole/1/model.onnx")
        directory.makeDirectory("nothing")
        directory.makeDirectory(".hidden")
        let looks = try Self.look(directory)
        #expect(looks.directories.first == directory.path)
        #expect(
            looks.directories.dropFirst().sorted()
                == ["/nothing", "/whole", "/whole/1"].map { directory.path + $0 })
    }

    @Test func aRepositoryThatIsAwayIsAnErrorAndNotEmpty() throws {
        let directory = TemporaryDirectory()
        let repository = ModelRepository(path: directory.path + "/none", configuration: ServingConfiguration())
        #expect(throws: InferError.self) { try repository.look() }
    }
}
