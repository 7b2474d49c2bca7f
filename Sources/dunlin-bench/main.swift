import DunlinKernels
import Glibc

// dunlin-bench [--check] [<part of a name> …]
//
// Runs the benchmarks whose name holds one of the parts (all without any), prints each, and with --check ends with
// status 1 when one stays below its bar. New benchmarks join the list below.
let all = kernelBenchmarks() + statisticsBenchmarks() + jsonBenchmarks()

let arguments = CommandLine.arguments.dropFirst()
let mustCheck = arguments.contains("--check")
let parts = arguments.filter { !$0.hasPrefix("--") }
if let unknown = arguments.first(where: { $0.hasPrefix("--") && $0 != "--check" }) {
    print("dunlin-bench: '\(unknown)' is not an option; usage: dunlin-bench [--check] [<part of a name> …]")
    exit(2)
}
let chosen = all.filter { benchmark in parts.isEmpty || parts.contains { holds(benchmark.name, $0) } }
if chosen.isEmpty {
    print("dunlin-bench: no benchmark has \(parts.joined(separator: " or ")) in its name")
    exit(2)
}

print("\(CPU.current.name); kernels: \(CPU.current.available.map(\.rawValue).joined(separator: ", "))")
var failures = 0
for benchmark in chosen {
    let result = benchmark.run()
    let subject = tenths(benchmark.work / result.subjectSeconds * 1e-9)
    let reference = tenths(benchmark.work / result.referenceSeconds * 1e-9)
    let passes = result.ratio >= benchmark.bar
    if !passes { failures += 1 }
    print(
        "\(passes ? "ok  " : "FAIL") \(hundredths(result.ratio))x (bar \(hundredths(benchmark.bar)))  "
            + "\(subject) against \(reference) G\(benchmark.unit)/s  \(benchmark.name)")
}
if mustCheck && failures > 0 {
    print("\(failures) of \(chosen.count) benchmarks are below their bar")
    exit(1)
}

func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

func holds(_ text: String, _ part: String) -> Bool {
    part.isEmpty || text.indices.contains { text[$0...].hasPrefix(part) }
}
