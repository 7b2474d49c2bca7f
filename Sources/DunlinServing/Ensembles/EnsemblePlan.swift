import DunlinInference

/// The steps of an ensemble and the tensors that go between them, by index; what is ready when follows from it.
///
/// Pure: it knows models by name only, and runs nothing.
struct EnsemblePlan: Sendable, Equatable {
    /// The most steps one ensemble may have.
    static let maxStepCount = 256

    /// One input or output of a step's model, and the tensor it takes or makes.
    struct Link: Sendable, Equatable {
        var name: String
        var tensor: Int
    }

    struct Step: Sendable, Equatable {
        var model: String
        /// `nil`: the highest that is ready.
        var version: String?
        var inputs: [Link]
        var outputs: [Link]
    }

    let steps: [Step]
    /// The ensemble's inputs are the first of them, in the signature's order.
    let tensors: [String]
    let inputCount: Int
    /// By the ensemble's outputs.
    let outputs: [Int]
    /// By tensor: the step that makes it; `nil` for inputs.
    let makers: [Int?]
    /// By tensor: the steps that take it.
    let takers: [[Int]]

    /// - Throws: `.invalidArgument` that names step and tensor when they do not fit together.
    init(
        _ configured: [ModelConfiguration.EnsembleStep], inputs: [String], outputs: [String]
    ) throws(InferError) {
        guard configured.count <= Self.maxStepCount else {
            throw Self.error("the ensemble has \(configured.count) steps; the limit is \(Self.maxStepCount)")
        }
        var names = inputs
        var places = Dictionary(inputs.enumerated().map { ($1, $0) }) { first, _ in first }
        func place(_ name: String) -> Int {
            if let known = places[name] { return known }
            places[name] = names.count
            names.append(name)
            return names.count - 1
        }
        var steps: [Step] = []
        for step in configured {
            steps.append(
                Step(
                    model: step.model, version: step.version.map { String($0) },
                    inputs: step.inputs.map { Link(name: $0.name, tensor: place($0.tensor)) },
                    outputs: step.outputs.map { Link(name: $0.name, tensor: place($0.tensor)) }))
        }
        self.outputs = outputs.map(place)
        var makers = [Int?](repeating: nil, count: names.count)
        var takers = [[Int]](repeating: [], count: names.count)
        for (index, step) in steps.enumerated() {
            for link in step.outputs {
                if link.tensor < inputs.count {
                    throw Self.error(
                        "\(Self.name(index, steps)) makes tensor '\(names[link.tensor])', which is an input of the "
                            + "ensemble")
                }
                if let other = makers[link.tensor] {
                    throw Self.error(
                        "tensor '\(names[link.tensor])' is made twice: by \(Self.name(other, steps)) and by "
                            + Self.name(index, steps))
                }
                makers[link.tensor] = index
            }
            for link in step.inputs where takers[link.tensor].last != index { takers[link.tensor].append(index) }
        }
        self.steps = steps
        tensors = names
        inputCount = inputs.count
        self.makers = makers
        self.takers = takers
        try checkFlow()
    }

    /// Every tensor is made and taken, and no steps wait for each other.
    private func checkFlow() throws(InferError) {
        for (index, step) in steps.enumerated() {
            for link in step.inputs where link.tensor >= inputCount && makers[link.tensor] == nil {
                throw Self.error(
                    "\(name(index)): input '\(link.name)' takes tensor '\(tensors[link.tensor])', which no step makes "
                        + "and which is no input of the ensemble")
            }
            for link in step.outputs where takers[link.tensor].isEmpty && !outputs.contains(link.tensor) {
                throw Self.error(
                    "\(name(index)): tensor '\(tensors[link.tensor])' is unused: no step takes it and it is no output "
                        + "of the ensemble")
            }
        }
        for tensor in outputs where tensor >= inputCount && makers[tensor] == nil {
            throw Self.error("output '\(tensors[tensor])' of the ensemble is made by no step")
        }
        for tensor in 0..<inputCount where takers[tensor].isEmpty && !outputs.contains(tensor) {
            throw Self.error("input '\(tensors[tensor])' of the ensemble is unused")
        }
        var progress = Progress(self, wanted: nil)
        var ready = progress.begin()
        while let step = ready.popLast() { ready += progress.finish(step).ready }
        if let stuck = steps.indices.first(where: { !progress.isFinished($0) }) {
            let names = steps.indices.filter { !progress.isFinished($0) }.map(name)
            let waits = steps[stuck].inputs.first { link in
                makers[link.tensor].map { !progress.isFinished($0) } ?? false
            }
            throw Self.error(
                "the steps go in a circle: \(name(stuck)) waits for tensor '\(waits.map { tensors[$0.tensor] } ?? "")', "
                    + "and none of \(names.joined(separator: ", ")) can run first")
        }
    }

    /// For messages: number and model of a step.
    func name(_ step: Int) -> String { Self.name(step, steps) }

    private static func name(_ step: Int, _ steps: [Step]) -> String { "step \(step + 1) ('\(steps[step].model)')" }

    private static func error(_ message: String) -> InferError { InferError(.invalidArgument, message) }
}

extension EnsemblePlan {
    /// How far one request has come: a step goes in when it has run, the steps that can run now come out.
    struct Progress: Sendable {
        private let plan: EnsemblePlan
        /// By step: tensors it waits for.
        private var missing: [Int]
        /// By step: whether an output that is wanted depends on it.
        private var isNeeded: [Bool]
        private var isDone: [Bool]
        /// By tensor: steps and outputs that have not taken it yet.
        private var uses: [Int]
        /// Steps that are needed and have not run.
        private(set) var remainingCount: Int

        /// - Parameter wanted: Indices of the ensemble's outputs that are asked for; `nil`: all.
        init(_ plan: EnsemblePlan, wanted: [Int]?) {
            self.plan = plan
            isDone = Array(repeating: false, count: plan.steps.count)
            missing = plan.steps.map { step in Set(step.inputs.map(\.tensor).filter { $0 >= plan.inputCount }).count }
            isNeeded = Array(repeating: wanted == nil, count: plan.steps.count)
            let outputs = wanted.map { $0.map { plan.outputs[$0] } } ?? plan.outputs
            if wanted != nil {
                var tensors = outputs
                while let tensor = tensors.popLast() {
                    guard let maker = plan.makers[tensor], !isNeeded[maker] else { continue }
                    isNeeded[maker] = true
                    tensors += plan.steps[maker].inputs.map(\.tensor)
                }
            }
            let needed = isNeeded
            uses = plan.takers.map { takers in takers.reduce(0) { $0 + (needed[$1] ? 1 : 0) } }
            for output in outputs { uses[output] += 1 }
            remainingCount = needed.reduce(0) { $0 + ($1 ? 1 : 0) }
        }

        /// The steps that need nothing but the ensemble's inputs.
        func begin() -> [Int] { plan.steps.indices.filter { isNeeded[$0] && missing[$0] == 0 } }

        func isFinished(_ step: Int) -> Bool { isDone[step] }

        /// Notes that a step has run.
        ///
        /// - Returns: The steps that can run now, and the tensors that nobody will take any more.
        mutating func finish(_ step: Int) -> (ready: [Int], released: [Int]) {
            precondition(isNeeded[step] && !isDone[step] && missing[step] == 0, "a step that was not ready has run")
            isDone[step] = true
            remainingCount -= 1
            var ready: [Int] = []
            var released: [Int] = []
            for tensor in Set(plan.steps[step].outputs.map(\.tensor)).sorted() {
                if uses[tensor] == 0 { released.append(tensor) }
                for taker in plan.takers[tensor] where isNeeded[taker] {
                    missing[taker] -= 1
                    if missing[taker] == 0 { ready.append(taker) }
                }
            }
            for tensor in Set(plan.steps[step].inputs.map(\.tensor)).sorted() {
                uses[tensor] -= 1
                if uses[tensor] == 0 { released.append(tensor) }
            }
            return (ready.sorted(), released)
        }
    }
}
