import DunlinTestSupport
import Foundation
import Testing

/// One folder below `Tests/Fixtures/http`, `peers` or `triton`: a request and what is to be answered, byte for byte.
///
/// `request.http` is the request line without its version, header fields, a blank line and the body; `Host` and
/// `Content-Length` are added. `response.http` is the status, the header fields that must be there with these values, a
/// blank line and the body. Lines of the head end with a line feed; of the body the last line feed is left out, in both.
/// Where `response.http` has no blank line, the body may be any.
struct HTTPCase: Sendable, CustomStringConvertible {
    let name: String
    let method: String
    let path: String
    let headers: [String: String]
    let body: [UInt8]
    let status: Int
    let expectedHeaders: [String: String]
    let expectedBody: [UInt8]?

    var description: String { name }

    struct Malformed: Error {
        let what: String
    }

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")

    private static func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: fixtures.appendingPathComponent(path).path)
            .filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Every case of a group, by name.
    static func all(in group: String, of root: String) throws -> [HTTPCase] {
        try names("\(root)/\(group)").map { try HTTPCase("\(group)/\($0)", of: root) }
    }

    static func groups(of root: String) throws -> [String] { try names(root) }

    private init(_ name: String, of root: String) throws {
        self.name = name
        let folder = Self.fixtures.appendingPathComponent("\(root)/\(name)")
        let request = try Self.message(folder.appendingPathComponent("request.http"))
        let words = request.first.split(separator: " ")
        guard words.count == 2 else { throw Malformed(what: request.first) }
        (method, path) = (String(words[0]), String(words[1]))
        headers = request.headers
        body = request.body ?? []
        let response = try Self.message(folder.appendingPathComponent("response.http"))
        guard let status = Int(response.first) else { throw Malformed(what: response.first) }
        self.status = status
        expectedHeaders = response.headers
        expectedBody = response.body
    }

    /// Asks a server, and checks its answer.
    func play(_ client: TestClient) throws {
        let answer = try client.request(method, path, body: body, headers: headers)
        #expect(answer.status == status, "\(name): \(answer.status) \(answer.text)")
        for (field, value) in expectedHeaders {
            #expect(answer.headers[field.lowercased()] == value, "\(name): \(field)")
        }
        if let expectedBody {
            let isEqual = answer.body == expectedBody
            #expect(isEqual, "\(name): answered \(answer.text)")
        }
    }

    private static func message(_ file: URL) throws -> (first: String, headers: [String: String], body: [UInt8]?) {
        let bytes = [UInt8](try Data(contentsOf: file))
        let end = bytes.indices.first { bytes[$0] == 10 && $0 + 1 < bytes.count && bytes[$0 + 1] == 10 }
        let lines = String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self).split(separator: "\n")
        guard let first = lines.first else { throw Malformed(what: "an empty file") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Malformed(what: String(line)) }
            headers[String(parts[0])] = String(parts[1].drop { $0 == " " })
        }
        var body = end.map { Array(bytes[($0 + 2)...]) }
        if body?.last == 10 { body?.removeLast() }
        return (String(first), headers, body)
    }
}
