import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime
import Glibc

// Engine time beside ONNX Runtime's for each model of a repository, in one process, in turns.
//
//     dunlin-bench-models [--precision fp32|bf16] REPOSITORY [MODEL ...]
//     dunlin-bench-models [--precision bf16] --agreement INPUTS REPOSITORY MODEL ...
//     dunlin-bench-models --native REPOSITORY MODEL ROWS RUNS
//
// With bf16 the engine rounds products to BF16; ONNX Runtime computes in FP32 as before. The second form tells how often
// the largest element of the first output is the same, and the cosine between the outputs.
//
// The third form only runs the engine, so that a tool that counts instructions sees nothing else.
//
// Prints a Markdown table. The bar is the ratio to `OrtApi::Run` with inputs made beforehand and one thread; exit code 1
// when a model is above it.

var precision = Precision.fp32
var arguments = CommandLine.arguments
if let index = arguments.firstIndex(of: "--precision") {
    guard index + 1 < arguments.count, let given = Precision(rawValue: arguments[index + 1]) else {
        print("--precision takes one of: \(Precision.allCases.map(\.rawValue).joined(separator: ", "))")
        exit(2)
    }
    precision = given
    arguments.removeSubrange(index...index + 1)
}
guard arguments.count >= 2 else {
    print(
        "usage: dunlin-bench-models [--precision fp32|bf16] REPOSITORY [MODEL ...] | --native REPOSITORY MODEL ROWS RUNS"
    )
    exit(2)
}
if arguments[1] == "--native" {
    guard arguments.count == 6, let rows = Int(arguments[4]), (1...100_000).contains(rows),
        let runs = Int(arguments[5]), runs >= 0
    else {
        print("usage: dunlin-bench-models --native REPOSITORY MODEL ROWS RUNS")
        exit(2)
    }
    let source = RepositoryModels.source(arguments[3], in: arguments[2], precision)
    let model = try NativeBackend().load(source)
    let instance = try model.makeInstance()
    let inputs = try RepositoryModels.inputs(of: source, model.signature, rows: rows)
    for _ in 0..<runs { _ = try instance.execute(inputs) }
    exit(0)
}
if arguments[1] == "--agreement" {
    guard arguments.count >= 5, let inputs = Int(arguments[2]), (1...100_000).contains(inputs) else {
        print("usage: dunlin-bench-models [--precision fp32|bf16] --agreement INPUTS REPOSITORY MODEL ...")
        exit(2)
    }
    print(Agreement.head)
    for model in arguments[4...] {
        print(try Agreement(RepositoryModels.source(model, in: arguments[3], precision), inputs: inputs).markdown)
    }
    exit(0)
}
let repository = arguments[1]
let wanted = arguments.dropFirst(2)
let models = wanted.isEmpty ? RepositoryModels.names(in: repository) : Array(wanted)
guard !models.isEmpty else {
    print("there is no model in '\(repository)'")
    exit(2)
}

print(
    "| Model | Rows | Engine µs | ONNX Runtime µs (C API) | Ratio | Our ONNX Runtime backend µs | Largest difference | Allocations |"
)
print("|---|---|---|---|---|---|---|---|")
var slower: [String] = []
for model in models {
    do {
        let comparison = try ModelComparison(RepositoryModels.source(model, in: repository, precision))
        for rows in [1, 8, 32] {
            let row = try comparison.measure(rows: rows)
            print(row.markdown)
            if row.ratio > ModelComparison.goal { slower.append("\(model) with \(rows) rows") }
        }
    } catch {
        print("| \(model) | \(error) |")
        slower.append(model)
    }
}
if slower.isEmpty {
    print("\nengine within \(ModelComparison.goal) of ONNX Runtime's time on every model")
} else {
    print("\nslower than ONNX Runtime, or not measured: " + slower.joined(separator: ", "))
    exit(1)
}
