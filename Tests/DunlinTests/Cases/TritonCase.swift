import Foundation

/// One folder below `Tests/Fixtures/triton`: a request and what is to be answered.
///
/// `request.http` is the request line without its version, header fields, a blank line and the body; `Host` and
/// `Content-Length` are added. `response.http` is the status, the header fields that must be there with these values, a
/// blank line and the body. The last line feed of a body is left out, in both.
struct TritonCase: Sendable, CustomStringConvertible {
    /// `<group>/<case>`.
    let name: String
    let method: String
    let path: String
    let headers: [String: String]
    let body: [UInt8]
    let status: Int
    let expectedHeaders: [String: String]
    let expectedBody: [UInt8]

    var description: String { name }

    struct Malformed: Error {
        let file: String
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/triton")

    static func groups() throws -> [String] { try names(in: folder) }

    /// The cases of a group, by name.
    static func all(in group: String) throws -> [TritonCase] {
        try names(in: folder.appendingPathComponent(group)).map { try TritonCase("\(group)/\($0)") }
    }

    private static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
    }

    private init(_ name: String) throws {
        self.name = name
        let request = try Self.read("\(name)/request.http")
        let words = request.first.split(separator: " ")
        guard words.count == 2 else { throw Malformed(file: "\(name)/request.http") }
        (method, path) = (String(words[0]), String(words[1]))
        (headers, body) = (request.headers, request.body)
        let response = try Self.read("\(name)/response.http")
        guard let status = Int(response.first) else { throw Malformed(file: "\(name)/response.http") }
        self.status = status
        (expectedHeaders, expectedBody) = (response.headers, response.body)
    }

    private static func read(_ file: String) throws -> (first: String, headers: [String: String], body: [UInt8]) {
        let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
        let newline = UInt8(ascii: "\n")
        let end = bytes.indices.dropLast().first { bytes[$0] == newline && bytes[$0 + 1] == newline }
        let lines = String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self).split(separator: "\n")
        guard let first = lines.first else { throw Malformed(file: file) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Malformed(file: file) }
            headers[String(parts[0])] = String(parts[1].drop { $0 == " " })
        }
        var body = end.map { Array(bytes[($0 + 2)...]) } ?? []
        if body.last == newline { body.removeLast() }
        return (String(first), headers, body)
    }
}
