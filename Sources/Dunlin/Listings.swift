import DunlinEngine
import DunlinHTTP
package import DunlinInference
import DunlinKernels

/// Tables that `dunlin` prints of itself.
package enum Listings {
    /// The version, and what of the package's traits this build has.
    package static var version: String {
        let libraries = [
            ("Compression", ContentCoding.library), ("GRPC", HTTP2Library.version), ("TLS", TLSLibrary.version),
        ]
        let traits = libraries.compactMap { name, library in library.map { "\(name) (\($0))" } }
        return "dunlin \(dunlinVersion)\ntraits: \(traits.isEmpty ? "none" : traits.joined(separator: ", "))"
    }

    /// Each kernel, the variant this process runs, and why.
    ///
    /// - Throws: `.invalidArgument` when `DUNLIN_ISA` asks for what there is not.
    package static func kernels() throws(InferError) -> String {
        do throws(UnusableISA) {
            _ = try CPU.current.select(forced: CPU.forcedISA)
        } catch { throw InferError(.invalidArgument, error.message) }
        let cpu = CPU.current
        let choices = KernelTable.choices()
        let width = choices.map(\.kernel.count).max() ?? 0
        let rows = choices.map { choice in
            choice.kernel + String(repeating: " ", count: width + 2 - choice.kernel.count) + choice.variant
                + String(repeating: " ", count: max(1, 10 - choice.variant.count)) + choice.reason
        }
        let sets = cpu.available.map(\.rawValue) + cpu.extensions
        return (["cpu: \(cpu.name) (\(sets.joined(separator: ", ")))"] + rows).joined(separator: "\n")
    }

    /// `docs/OPERATORS.md`: every operator the engine runs, by domain.
    package static var operatorsMarkdown: String {
        var lines = [
            "# Operators", "",
            "What the native engine runs, printed by `dunlin operators`. A model that needs another operator goes to ONNX",
            "Runtime as a whole; `dunlin check MODEL` tells which and why.",
        ]
        let domains = Set(Operators.table.map(\.domain)).sorted()
        for domain in domains {
            var opsets: [String: [Int]] = [:]
            for entry in Operators.table where entry.domain == domain {
                opsets[entry.name, default: []].append(entry.since)
            }
            lines += ["", "## \(domain.isEmpty ? "ai.onnx" : domain)", "", "\(opsets.count) operators.", ""]
            lines += ["| Operator | Since opset |", "|---|---|"]
            lines += opsets.sorted { $0.key < $1.key }.map { name, since in
                "| \(name) | \(since.sorted().map(String.init).joined(separator: ", ")) |"
            }
        }
        return lines.joined(separator: "\n")
    }
}
