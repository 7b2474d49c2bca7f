import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinOnnxRuntime

@Suite struct ExternalDataTests {
    /// A message with one field that holds `content`.
    private func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        precondition(content.count < 128, "a length of one byte")
        let key = number << 3 | 2
        let head = key < 128 ? [UInt8(key)] : [UInt8(key & 127 | 128), UInt8(key >> 7)]
        return head + [UInt8(content.count)] + content
    }

    /// `data_location: EXTERNAL`, and an entry of `external_data`.
    private static let external: [UInt8] = [14 << 3, 1]
    private static let plain: [UInt8] = [14 << 3, 0]

    /// The fields that lead from a model to a tensor.
    @Test(
        "is found wherever a tensor may be",
        arguments: [
            [7, 5], [7, 1, 5, 5], [7, 1, 5, 10], [7, 1, 5, 6, 5], [7, 1, 5, 11, 1, 5, 5], [7, 15, 1], [7, 15, 2],
            [7, 1, 5, 22, 1], [7, 1, 5, 23, 2], [20, 1, 5], [20, 2, 1, 5, 5], [25, 7, 5, 5], [25, 11, 5],
        ])
    func isFound(path: [Int]) throws {
        let wrapped = { (tensor: [UInt8]) in path.reversed().reduce(tensor) { field($1, $0) } }
        #expect(try ExternalData.isNamed(in: Bytes(wrapped(Self.external))))
        #expect(try ExternalData.isNamed(in: Bytes(wrapped(field(13, [])))))
        #expect(try !ExternalData.isNamed(in: Bytes(wrapped(Self.plain))))
        #expect(try !ExternalData.isNamed(in: Bytes(wrapped(field(8, Array("name".utf8))))))
    }

    @Test func bytesThatAreNoMessageAreAnError() {
        #expect(throws: ProtobufError.self) { try ExternalData.isNamed(in: Bytes([0x3A, 200])) }
        #expect(throws: ProtobufError.self) { try ExternalData.isNamed(in: Bytes([7 << 3, 1])) }
        #expect(throws: Never.self) { try ExternalData.isNamed(in: Bytes()) }
    }

    @Test(.enabled(if: OnnxRuntimeFixture.isInstalled)) func aModelIsRunFromMemory() throws {
        let onDisk = OnnxRuntimeFixture.source("add")
        let bytes = try Bytes(reading: onDisk.path)
        let source = ModelSource(
            model: "add", version: "1", directory: "", path: "model.onnx", files: ["model.onnx": bytes])
        let model = try OnnxRuntimeFixture.backend.load(source)
        #expect(model.signature == (try OnnxRuntimeFixture.backend.load(onDisk).signature))
        #expect(model.memoryByteCount == bytes.count)
    }

    @Test func theFixtureThatLeadsOutsideIsFound() throws {
        #expect(try ExternalData.isNamed(in: Bytes(reading: OnnxRuntimeFixture.source("external_outside").path)))
        #expect(try !ExternalData.isNamed(in: Bytes(reading: OnnxRuntimeFixture.source("add").path)))
    }

    @Test(.enabled(if: OnnxRuntimeFixture.isInstalled)) func aModelThatNamesOtherFilesIsNotGivenToTheLibrary() {
        let named = [7, 5].reversed().reduce(Self.external) { field($1, $0) }
        for (bytes, code) in [(named, InferError.Code.unsupported), ([0x3A, 200], .invalidArgument)] {
            let source = ModelSource(
                model: "m", version: "1", directory: "", path: "model.onnx", files: ["model.onnx": Bytes(bytes)])
            let error = #expect(throws: InferError.self) { try OnnxRuntimeFixture.backend.load(source) }
            #expect(error?.code == code)
        }
    }
}
