import CAllocationCounter
import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime
import DunlinTensor
import Glibc

/// One model in both engines.
struct ModelComparison {
    /// Engine time over ONNX Runtime's, at most.
    static let goal = 1.0
    /// Turns of each side; fewer where one run is long.
    private static let rounds = 5...31
    private static let nanosecondsPerTurn = 4_000_000.0
    private static let nanosecondsPerSide = 6_000_000_000.0

    private let source: ModelSource
    private let native: any LoadedModel
    private let runtime: any LoadedModel

    init(_ source: ModelSource) throws {
        self.source = source
        native = try NativeBackend().load(source)
        var usual = source
        usual.defaultPrecision = nil
        runtime = try OnnxRuntimeBackend().load(usual)
    }

    struct Row {
        let model: String
        let rows: Int
        let engine: Double
        let runtime: Double
        let backend: Double
        let ratio: Double
        let difference: Float
        /// Calls of malloc and its kin in one steady run of the engine.
        let allocations: Double

        var markdown: String {
            func text(_ microseconds: Double) -> String { String(Double(Int(microseconds * 100)) / 100) }
            return "| \(model) | \(rows) | \(text(engine)) | \(text(runtime)) | \(text(ratio)) | \(text(backend)) | "
                + "\(difference) | \(allocations) |"
        }
    }

    /// Medians over turns; the ratio is the median of the turns' ratios, because neighbours on the machine disturb both
    /// sides of a turn alike.
    func measure(rows: Int) throws -> Row {
        let inputs = try RepositoryModels.inputs(of: source, native.signature, rows: rows)
        let engine = try native.makeInstance()
        let backend = try runtime.makeInstance()
        let prepared = try PreparedRun(runtime, inputs: inputs)
        let difference = Self.largestDifference(try engine.execute(inputs), try backend.execute(inputs))

        let runs: [() throws -> Void] = [
            { _ = try engine.execute(inputs) }, { try prepared.run() }, { _ = try backend.execute(inputs) },
        ]
        var rounds = Self.rounds.upperBound
        let counts = try runs.map { run in
            try run()
            let first = try Self.nanoseconds(of: run, count: 1)
            let once = first > Self.nanosecondsPerTurn ? first : try Self.nanoseconds(of: run, count: 20) / 20
            rounds = min(rounds, max(Self.rounds.lowerBound, Int(Self.nanosecondsPerSide / max(once, 1))))
            return max(1, Int(Self.nanosecondsPerTurn / max(once, 100)))
        }
        let allocated = allocation_count()
        for _ in 0..<10 { try runs[0]() }
        let allocations = Double(allocation_count() - allocated) / 10
        var times = [[Double]](repeating: [], count: runs.count)
        for _ in 0..<rounds {
            for index in runs.indices {
                let spent = try Self.nanoseconds(of: runs[index], count: counts[index])
                times[index].append(spent / Double(counts[index]) / 1000)
            }
        }
        let ratios = zip(times[0], times[1]).map { $0 / $1 }
        return Row(
            model: source.model, rows: rows, engine: Self.median(times[0]), runtime: Self.median(times[1]),
            backend: Self.median(times[2]), ratio: Self.median(ratios), difference: difference,
            allocations: allocations)
    }

    /// CPU time of this thread, which alone does the work in both engines.
    private static func nanoseconds(of run: () throws -> Void, count: Int) throws -> Double {
        let start = now()
        for _ in 0..<count { try run() }
        return now() - start
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Of the FP32 outputs; infinite when labels or shapes differ.
    private static func largestDifference(_ lhs: [NamedTensor], _ rhs: [NamedTensor]) -> Float {
        guard lhs.map(\.name) == rhs.map(\.name) else { return .infinity }
        var largest: Float = 0
        for (left, right) in zip(lhs.map(\.tensor), rhs.map(\.tensor)) {
            guard left.dataType == right.dataType, left.shape == right.shape else { return .infinity }
            if left.dataType == .fp32 {
                for (a, b) in zip(left.elements(as: Float.self), right.elements(as: Float.self)) {
                    largest = max(largest, a.distance(beside: b))
                }
            } else if left.bytes != right.bytes {
                return .infinity
            }
        }
        return largest
    }
}

extension Float {
    /// The distance from another number: infinite where only one of both is finite, or a number at all; 0 for what is
    /// the same infinity, or twice no number.
    func distance(beside other: Float) -> Float {
        if self == other || (isNaN && other.isNaN) { return 0 }
        let distance = abs(self - other)
        return distance.isNaN ? .infinity : distance
    }
}
