import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime
import Glibc

// Engine time beside ONNX Runtime's for each model of a repository, in one process, in turns.
//
//     dunlin-bench-models REPOSITORY [MODEL ...]
//     dunlin-bench-models --native REPOSITORY MODEL ROWS RUNS
//
// The second form only runs the engine, so that a tool that counts instructions sees nothing else.
//
// Prints a Markdown table. The bar is the ratio to `OrtApi::Run` with inputs made beforehand and one thread; exit code 1
// when a model is above it.

guard CommandLine.arguments.count >= 2 else {
    print("usage: dunlin-bench-models REPOSITORY [MODEL ...] | --native REPOSITORY MODEL ROWS RUNS")
    exit(2)
}
if CommandLine.arguments[1] == "--native" {
    guard CommandLine.arguments.count == 6, let rows = Int(CommandLine.arguments[4]),
        let runs = Int(CommandLine.arguments[5])
    else {
        print("usage: dunlin-bench-models --native REPOSITORY MODEL ROWS RUNS")
        exit(2)
    }
    let source = RepositoryModels.source(CommandLine.arguments[3], in: CommandLine.arguments[2])
    let model = try NativeBackend().load(source)
    let instance = try model.makeInstance()
    let inputs = try RepositoryModels.inputs(of: source, model.signature, rows: rows)
    for _ in 0..<runs { _ = try instance.execute(inputs) }
    exit(0)
}
let repository = CommandLine.arguments[1]
let wanted = CommandLine.arguments.dropFirst(2)
let models = wanted.isEmpty ? RepositoryModels.names(in: repository) : Array(wanted)

print(
    "| Model | Rows | Engine µs | ONNX Runtime µs (C API) | Ratio | Our ONNX Runtime backend µs | Largest difference | Allocations |"
)
print("|---|---|---|---|---|---|---|---|")
var slower: [String] = []
for model in models {
    do {
        let comparison = try ModelComparison(RepositoryModels.source(model, in: repository))
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
