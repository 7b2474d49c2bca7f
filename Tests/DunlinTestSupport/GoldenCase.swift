package import DunlinBytes
package import DunlinTensor
import Glibc

/// One folder of `Tests/Fixtures/ml`: a model, its inputs, and what ONNX Runtime answered. The format of `data.bin`
/// is told in `generate.py` beside it.
package struct GoldenCase {
    package let name: String
    package let model: Bytes
    /// The folder that holds `model.onnx`.
    package let folder: String
    package var inputs: [NamedTensor] = []
    package var outputs: [NamedTensor] = []

    package struct Malformed: Error {
        package let what: String
    }

    package static let directory: String = {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/" + tests + "/Fixtures/ml"
    }()

    /// The names of all cases, sorted.
    package static let names: [String] = {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if access("\(directory)/\(name)/model.onnx", R_OK) == 0 { names.append(name) }
        }
        return names.sorted()
    }()

    package init(named name: String) throws {
        try self.init(
            name, folder: "\(Self.directory)/\(name)", data: "\(Self.directory)/\(name)/data.bin")
    }

    /// A model of `model-repository` with its whole test split.
    package init(shipped name: String) throws {
        try self.init(
            name, folder: "\(Self.directory)/../../../model-repository/\(name)/1",
            data: "\(Self.directory)/models/\(name).bin")
    }

    private init(_ name: String, folder: String, data: String) throws {
        self.name = name
        self.folder = folder
        model = try Bytes(reading: folder + "/model.onnx")
        let data = try Bytes(reading: data)
        var offset = 0
        while offset < data.count {
            guard let end = (offset..<data.count).first(where: { data[$0] == 0x0A }) else {
                throw Malformed(what: "a line without an end")
            }
            let words = data[offset..<end].string.split(separator: " ").map(String.init)
            guard words.count == 5, let type = DataType(name: words[2]), let byteCount = Int(words[4]),
                end + 1 + byteCount <= data.count
            else { throw Malformed(what: words.joined(separator: " ")) }
            let shape = Shape(words[3] == "-" ? [] : words[3].split(separator: ",").compactMap { Int($0) })
            let bytes = data[end + 1..<end + 1 + byteCount]
            guard let tensor = Tensor(checking: type, shape: shape, bytes: bytes) else {
                throw Malformed(what: words.joined(separator: " "))
            }
            if words[0] == "input" {
                inputs.append(NamedTensor(words[1], tensor))
            } else {
                outputs.append(NamedTensor(words[1], tensor))
            }
            offset = end + 1 + byteCount
        }
    }
}

/// Says in words how `received` differs from `expected`; `nil` when it does not beyond `tolerance`.
///
/// Floats may differ by `tolerance`, relative to the expected value where that is above 1; everything else must be
/// equal.
package func difference(_ received: Tensor, from expected: Tensor, tolerance: Double) -> String? {
    guard received.dataType == expected.dataType, received.shape == expected.shape else {
        return "\(received.dataType) \(received.shape) instead of \(expected.dataType) \(expected.shape)"
    }
    let (left, right): ([Double], [Double])
    switch expected.dataType {
    case .fp32:
        (left, right) = (
            received.elements(as: Float.self).map(Double.init), expected.elements(as: Float.self).map(Double.init)
        )
    case .fp64: (left, right) = (received.elements(), expected.elements())
    case .bytes:
        let (left, right) = (received.strings, expected.strings)
        return left == right ? nil : "\(left) instead of \(right)"
    default:
        guard let index = zip(received.bytes.array, expected.bytes.array).enumerated().first(where: { $1.0 != $1.1 })
        else { return nil }
        return "byte \(index.offset) is \(index.element.0) instead of \(index.element.1)"
    }
    for (index, (value, wanted)) in zip(left, right).enumerated() {
        if value == wanted || (value.isNaN && wanted.isNaN) { continue }
        if abs(value - wanted) <= tolerance * max(1, abs(wanted)) { continue }
        return "element \(index) is \(value) instead of \(wanted)"
    }
    return nil
}
