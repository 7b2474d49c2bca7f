import DunlinBytes
import DunlinInference
import DunlinTensor
import Foundation
import Testing

@testable import DunlinProtocols

/// The case folders in `Tests/Fixtures/v1`: requests as TensorFlow Serving's and KServe's own tests have them.
@Suite struct V1CaseTests {
    struct Case: CustomTestStringConvertible, Sendable {
        struct Description: Decodable {
            struct TensorDescription: Decodable {
                var name: String
                var datatype: String
                var shape: [Int]
                var labels: [String]

                var metadata: TensorMetadata {
                    TensorMetadata(
                        name: name, dataType: DataType(name: datatype) ?? .fp32, shape: shape, labels: labels)
                }
            }
            var source: String
            var verb: String
            var inputs: [TensorDescription]
            var outputs: [TensorDescription]?
            var parameters: [String: String]
            var difference: String?
        }

        let folder: URL
        var testDescription: String { folder.lastPathComponent }

        func read(_ name: String) throws -> Bytes {
            Bytes([UInt8](try Data(contentsOf: folder.appendingPathComponent(name))))
        }

        func has(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
        }

        func description() throws -> Description {
            try JSONDecoder().decode(
                Description.self, from: Data(contentsOf: folder.appendingPathComponent("case.json")))
        }
    }

    static let cases: [Case] = {
        let base = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/v1")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base.path)) ?? []
        return names.sorted().map { Case(folder: base.appendingPathComponent($0)) }.filter { $0.has("case.json") }
    }()

    @Test func theFoldersAreFound() { #expect(Self.cases.count > 80) }

    @Test(arguments: cases)
    func isAnsweredAsWritten(_ test: Case) throws {
        let description = try test.description()
        let inputs = description.inputs.map(\.metadata)
        let outputs = description.outputs?.map(\.metadata) ?? inputs
        let profile = try V1Profile(
            ModelSignature(inputs: inputs, outputs: outputs), parameters: description.parameters)
        let verb = try #require(V1Codec.Verb(rawValue: description.verb))
        do throws(InferError) {
            let request = try V1Codec.decode(
                test.read(throwing: "request.json"), verb, model: "m", version: nil, profile: profile)
            _ = try request.infer.inputs(checkedAgainst: profile.signature)
            let answered = try test.outputs(outputs) ?? request.infer.inputs
            let answer = try V1Codec.encode(
                InferResponse(model: "m", version: "1", outputs: answered), as: request.answer, profile: profile)
            #expect(answer.string == test.read(throwing: "answer.json").string)
        } catch {
            let expected = try test.has("error.txt") ? test.read("error.txt").string : "an answer"
            #expect(error.message.contains(expected))
            #expect(error.code == .invalidArgument)
        }
    }
}

extension V1CaseTests.Case {
    /// A file's bytes; empty when there is none.
    func read(throwing name: String) -> Bytes { (try? read(name)) ?? Bytes("(no \(name))") }

    /// The outputs that the case tells; `nil`: those are the inputs.
    func outputs(_ metadata: [TensorMetadata]) throws(InferError) -> [NamedTensor]? {
        guard has("outputs.json") else { return nil }
        let profile = V1Profile(ModelSignature(inputs: metadata, outputs: []))
        return try V1Codec.decode(
            read(throwing: "outputs.json"), .predict, model: "m", version: nil, profile: profile
        ).infer.inputs
    }
}
