import DunlinBytes
import Foundation
import Testing

@testable import DunlinProtocols

@Suite struct ProtobufFileTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test(
        "the published files say what the server speaks",
        arguments: [
            ProtobufFile.service, ProtobufFile.modelConfiguration,
        ])
    func thePublishedFilesSayWhatTheServerSpeaks(file: ProtobufFile) throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("openapi/\(file.name)"), encoding: .utf8)
        let published = try ProtobufFileParser.parse(text, name: file.name)
        #expect(published == file)
        #expect(text.contains("//"), "the published file has no comments")
    }

    @Test(
        "says what is wrong with a text",
        arguments: [
            ("", "the text ends early"),
            ("syntax = \"proto2\";", "expected '\"proto3\"', found '\"proto2\"'"),
            ("syntax = \"proto3\"; extend A {}", "expected a declaration, found 'extend'"),
            ("syntax = \"proto3\"; message A { string b; }", "expected '=', found ';'"),
            ("syntax = \"proto3\"; message A { string b = c; }", "expected a number, found 'c'"),
            ("syntax = \"proto3\"; message A {", "the text ends early"),
        ])
    func saysWhatIsWrongWithAText(text: String, message: String) {
        #expect(throws: ProtobufFileParser.Failure(message: message)) {
            _ = try ProtobufFileParser.parse(text, name: "a.proto")
        }
    }

    @Test func everyFileHasADescriptorThatIsWellFormed() throws {
        for file in ProtobufFile.all {
            try file.descriptor.withUnsafeBytes { buffer in
                var cursor = ProtobufCursor(buffer)
                var messages = 0
                while try cursor.next() {
                    if cursor.field == 4 { messages += 1 }
                    try cursor.skip()
                }
                #expect(messages == file.messages.count, "\(file.name)")
            }
        }
    }

    /// Every name of the JSON form is a field here, with the same kind, and the other way round.
    @Test func theModelConfigurationHasTheFieldsOfItsJSONForm() {
        let names = ProtobufNames([.modelConfiguration])
        func compare(_ json: ModelConfigurationMessage, _ scope: String) {
            guard case (let name, .message(let type))? = names.find(scope, in: "inference") else {
                Issue.record("there is no \(scope)")
                return
            }
            #expect(Set(json.fields.map(\.name)) == Set(type.fields.map(\.name)), "\(name)")
            for field in json.fields {
                guard let own = type.fields.first(where: { $0.name == field.name }) else { continue }
                #expect(field.presence.isRepeated == own.isRepeated && field.presence.isMap == (own.keyType != nil))
                let found = names.find(own.type, in: name)
                switch (field.kind, found?.declaration) {
                case (.message(let inner), .message): compare(inner, found!.name)
                case (.enumeration(let words), .enumeration(let enumeration)):
                    #expect(words == enumeration.values.map(\.name))
                    #expect(enumeration.values.map(\.number) == Array(words.indices))
                case (.string, nil): #expect(own.type == "string")
                case (.bool, nil): #expect(own.type == "bool")
                case (.integer, nil): #expect(own.type.contains("int"))
                case (.number, nil): #expect(["float", "double"].contains(own.type))
                default: Issue.record("\(name).\(own.name) is of another kind")
                }
            }
        }
        compare(.model, "inference.ModelConfig")
    }
}

extension ProtobufFile: CustomTestStringConvertible {
    public var testDescription: String { name }
}

extension ModelConfigurationMessage.Presence {
    fileprivate var isRepeated: Bool { if case .repeated = self { true } else { false } }
    fileprivate var isMap: Bool { if case .map = self { true } else { false } }
}
