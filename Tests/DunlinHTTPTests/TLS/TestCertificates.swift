import Foundation
import Testing

/// Certificates and keys of one test, made by the `openssl` command in a folder that goes away with this.
final class TestCertificates {
    let folder: URL
    private var changeCount = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("dunlin-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The folder's name with a slash behind it, as messages have it.
    var prefix: String { folder.path + "/" }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        try setTime(of: name)
        return path(name)
    }

    /// Each change gets a time of its own: two in the same moment may else not be told apart.
    private func setTime(of name: String) throws {
        changeCount += 1
        let time = Date(timeIntervalSince1970: 1_000_000_000 + Double(changeCount))
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path(name))
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// `NAME.key` and `NAME.pem`, signed by itself.
    func makeSelfSigned(_ name: String, subject: String = "localhost") throws {
        try run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=\(subject)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path("\(name).key"),
            "-out", path("\(name).pem"))
        for file in ["\(name).key", "\(name).pem"] { try setTime(of: file) }
    }

    /// `NAME.key` and `NAME.pem`, signed by `authority`.
    func makeSigned(_ name: String, by authority: String) throws {
        try run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            path("\(name).key"), "-out", path("\(name).csr"))
        try run(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).pem"), "-CAkey",
            path("\(authority).key"), "-CAcreateserial", "-days", "2", "-out", path("\(name).pem"))
    }

    /// `openssl` with these arguments.
    func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    }
}
