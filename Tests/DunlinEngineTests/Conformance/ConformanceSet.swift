import DunlinBytes
import Glibc
import Testing

/// A folder of ONNX's own test cases: a model, and for each set of test data its inputs and expected outputs.
struct ConformanceSet: Sendable, CustomTestStringConvertible {
    let name: String
    let directory: String
    /// The release whose cases the list of refused ones and `faulty` are about; `nil` for what is always that release.
    var listedRelease: String?
    /// Cases whose own files are at fault, and how.
    var faulty: [String: String] = [:]
    /// Cases that expect one draw of random numbers, which no definition prescribes: only types and shapes are
    /// compared.
    var random: Set<String> = []
    /// Cases whose expected zeros carry the rounding of FP32 sums: what a number may differ from zero by.
    var absoluteTolerances: [String: Double] = [:]
    var absoluteTolerance = TensorComparison.absoluteTolerance

    var testDescription: String { name }

    static let all = [debianNode, debianSimple, debianConverted, debianOperator, wheelNode] + own

    /// Cases of one's own, in the same form, in the folder that `DUNLIN_ONNX_CASES` names; they have no
    /// list, and zeros may carry rounding.
    private static var own: [ConformanceSet] {
        getenv("DUNLIN_ONNX_CASES").map {
            [ConformanceSet(name: ownName, directory: String(cString: $0), absoluteTolerance: 1e-5)]
        } ?? []
    }
    static let ownName = "own"

    private static let listedDebianRelease = "1.12.0"
    /// The release of ONNX that `libonnx-testdata` is of; empty where the package system does not know.
    private static let debianRelease: String = {
        guard let output = popen("dpkg-query -W -f '${Version}' libonnx-testdata 2>/dev/null", "r") else { return "" }
        defer { pclose(output) }
        var line = [CChar](repeating: 0, count: 100)
        guard fgets(&line, Int32(line.count), output) != nil else { return "" }
        return String(
            decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.prefix { $0 != 0x2D }, as: UTF8.self)
    }()

    /// Whether the list says exactly what is refused. Another release has other cases, and those are only run: what is not
    /// refused must be right.
    var isListed: Bool {
        name != Self.ownName && (listedRelease == nil || listedRelease == Self.debianRelease)
    }

    private static let debian = "/usr/share/libonnx-testdata/data"
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")

    private static let randomCases: Set<String> = [
        "bernoulli", "bernoulli_double", "bernoulli_double_expanded", "bernoulli_expanded", "bernoulli_seed",
        "bernoulli_seed_expanded",
    ]

    static let debianNode = ConformanceSet(
        name: "debian-node", directory: "\(debian)/node", listedRelease: listedDebianRelease,
        faulty: [
            "adam_multiple": "the model lacks the epsilon of 0.01 that its outputs were made with",
            "cast_FLOAT_to_BFLOAT16": "expects BF16 cut off; ONNX rounds to nearest since 1.13",
            "castlike_FLOAT_to_BFLOAT16": "'like' is declared [3,4] and given as [1]",
            "castlike_FLOAT_to_BFLOAT16_expanded": "'like' is declared [3,4] and given as [1]",
            "castlike_BFLOAT16_to_FLOAT": "'like' is declared [3,4] and given as [1]",
            "castlike_BFLOAT16_to_FLOAT_expanded": "'like' is declared [3,4] and given as [1]",
        ], random: randomCases)
    static let debianSimple = ConformanceSet(
        name: "debian-simple", directory: "\(debian)/simple", listedRelease: listedDebianRelease)
    static let debianConverted = ConformanceSet(
        name: "debian-pytorch-converted", directory: "\(debian)/pytorch-converted", listedRelease: listedDebianRelease)
    static let debianOperator = ConformanceSet(
        name: "debian-pytorch-operator", directory: "\(debian)/pytorch-operator", listedRelease: listedDebianRelease)
    static let wheelNode = ConformanceSet(
        name: "wheel-node", directory: "\(root)/.cache/onnx-cases/node", random: randomCases,
        absoluteTolerances: ["dft_inverse": 1e-6, "dft_inverse_opset19": 1e-6])

    /// The names of all cases, empty where they are not installed.
    func cases() -> [String] {
        Self.entries(of: directory).filter { $0.hasPrefix("test_") }.map { String($0.dropFirst(5)) }.sorted()
    }

    /// Cases that the engine refuses, each with the reason behind it in `Tests/Fixtures/onnx-<name>-refused.txt`.
    func refused() -> Set<String> {
        guard let bytes = try? Bytes(reading: "\(Self.root)/Tests/Fixtures/onnx-\(name)-refused.txt") else {
            return []
        }
        var names: Set<String> = []
        for line in bytes.string.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ", maxSplits: 1)
            #expect(words.count == 2, "onnx-\(name)-refused.txt: '\(line)' has no reason")
            if let name = words.first { names.insert(String(name)) }
        }
        return names
    }

    static func entries(of directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
