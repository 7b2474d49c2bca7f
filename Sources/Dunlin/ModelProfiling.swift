import DunlinEngine
package import DunlinInference
import DunlinTensor

/// What `dunlin profile` prints: where the native engine's time goes in one model.
package struct ModelProfiling {
    /// How a model is profiled.
    package struct Options: Sendable {
        package static let mostRuns = 1_000_000
        package static let mostRows = 65_536
        package static let mostExtent = 1 << 20
        /// Of one input that is made up.
        package static let mostElements = 1 << 28

        /// How often the model runs; 0: until about a second has passed.
        package var runs = 0
        /// The first axis where the model leaves it open.
        package var rows = 1
        /// Every other axis that the model leaves open.
        package var extent = 128
        package var threads = 1
        package var precision = Precision.fp32
        /// Lines for single steps: those that take longest.
        package var mostSteps = 20

        package init() {}
    }

    package let text: String

    /// - Parameter path: An `.onnx` file, or a model's directory in a repository.
    ///   Inputs are made up: see `SyntheticInputs`.
    package init(path: String, options: Options) throws(InferError) {
        let file = try ModelCheck.modelFile(path)
        var engine = EngineOptions()
        engine.threads = options.threads
        engine.precision = options.precision
        let model = try Model(contentsOf: file, options: engine)
        for input in model.signature.inputs {
            let extents = input.shape.enumerated().map { axis, extent in
                extent >= 0 ? extent : axis == 0 ? options.rows : options.extent
            }
            let count = extents.reduce(1) { product, extent in
                let (count, overflows) = product.multipliedReportingOverflow(by: extent)
                return overflows ? Int.max : count
            }
            guard count <= Options.mostElements else {
                throw InferError(
                    .invalidArgument,
                    "input '\(input.name)' would have the shape \(extents); a profile makes up at most "
                        + "\(Options.mostElements) elements: choose smaller --rows or --extent")
            }
        }
        let inputs = SyntheticInputs.make(model.signature, rows: options.rows, openExtent: options.extent)
        let named = Dictionary(inputs.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        var runs = options.runs
        if runs == 0 {
            let once = try model.profile(named, runs: 1).microseconds
            runs = max(3, min(Options.mostRuns, Int(1_000_000 / max(once, 1))))
        }
        let profile = try model.profile(named, runs: runs)
        text = Self.text(file, profile, options)
    }

    private static func text(_ file: String, _ profile: ModelProfile, _ options: Options) -> String {
        var lines = ["model      \(file)"]
        lines.append(
            "run        \(fixed(profile.microseconds)) µs, mean of \(profile.runs); \(profile.threads) "
                + "thread\(profile.threads == 1 ? "" : "s"), first open axis \(options.rows), others \(options.extent)")
        lines.append("peak       \(fixed(profile.peak)) GFLOP/s FP32 on one core, measured")
        lines += ["", "by operator"] + table(Group.all(profile), profile)
        let slowest = profile.steps.sorted { $0.microseconds > $1.microseconds }.prefix(options.mostSteps)
        lines += ["", "the slowest steps"] + table(slowest.map { Group($0) }, profile)
        return lines.joined(separator: "\n")
    }

    /// Steps that are shown as one line.
    private struct Group {
        var name: String
        var detail = ""
        var count = 0
        var microseconds = 0.0
        var operations = 0
        var byteCount = 0

        init(name: String) { self.name = name }

        init(_ step: ModelProfile.Step) {
            name = step.variant.isEmpty ? step.type : "\(step.type), \(step.variant)"
            detail = "\(step.node) → \(step.output)"
            add(step)
        }

        mutating func add(_ step: ModelProfile.Step) {
            count += 1
            microseconds += step.microseconds
            operations += step.floatingPointOperations
            byteCount += step.byteCount
        }

        /// One for each type and variant, the slowest first.
        static func all(_ profile: ModelProfile) -> [Group] {
            var groups: [String: Group] = [:]
            for step in profile.steps {
                let name = step.variant.isEmpty ? step.type : "\(step.type), \(step.variant)"
                groups[name, default: Group(name: name)].add(step)
            }
            return groups.values.sorted { ($0.microseconds, $1.name) > ($1.microseconds, $0.name) }
        }
    }

    private static func table(_ groups: [Group], _ profile: ModelProfile) -> [String] {
        let head = ["µs", "share", "steps", "GFLOP/s", "of peak", "GB/s", "operator"]
        let rows = groups.map { group in
            let nanoseconds = max(group.microseconds * 1000, 1)
            let speed = Double(group.operations) / nanoseconds
            return [
                fixed(group.microseconds), percent(group.microseconds / max(profile.microseconds, 0.001)),
                String(group.count), group.operations == 0 ? "" : fixed(speed),
                group.operations == 0 ? "" : percent(speed / profile.peak / Double(profile.threads)),
                group.byteCount == 0 ? "" : fixed(Double(group.byteCount) / nanoseconds),
                group.detail.isEmpty ? group.name : "\(group.name)  \(group.detail)",
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        return ([head] + rows).map { row in
            row.dropLast().enumerated().map {
                String(repeating: " ", count: widths[$0.offset] - $0.element.count) + $0.element
            }.joined(separator: "  ") + "  " + (row.last ?? "")
        }
    }

    /// With one decimal.
    private static func fixed(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
