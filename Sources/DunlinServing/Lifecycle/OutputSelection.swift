import DunlinInference
import DunlinTensor

/// Which of a model's outputs a request gets, in which order and under which names.
enum OutputSelection: Sendable, Equatable {
    case all
    /// Outputs by their place, in the order of the request.
    case indices([Int])
    /// All outputs, the first ones under the requested names.
    case renamed([String])

    /// How a model names its outputs.
    enum Naming: Sendable {
        /// As its signature says.
        case bySignature
        /// Each like the input at its place.
        case byInputs
        /// As the request says, by place: AMD's demo models.
        case byRequest
    }

    /// - Throws: `.invalidArgument` when an output is unknown or asked for twice.
    init(
        _ request: InferRequest, _ signature: ModelSignature, naming: Naming
    ) throws(InferError) {
        let wanted = request.outputs
        guard !wanted.isEmpty else {
            self = .all
            return
        }
        switch naming {
        case .byRequest: self = .renamed(wanted.map(\.name))
        case .byInputs: self = .indices(try Self.places(of: wanted, among: request.inputs.map(\.name), request.model))
        case .bySignature:
            self = .indices(try Self.places(of: wanted, among: signature.outputs.map(\.name), request.model))
        }
    }

    private static func places(
        of wanted: [RequestedOutput], among names: [String], _ model: String
    ) throws(InferError) -> [Int] {
        var places: [Int] = []
        for output in wanted {
            guard let place = names.firstIndex(of: output.name) else {
                throw InferError(
                    .invalidArgument,
                    "model '\(model)' has no output '\(output.name)'; its outputs are "
                        + "[\(names.map { "'\($0)'" }.joined(separator: ", "))]")
            }
            guard !places.contains(place) else {
                throw InferError(
                    .invalidArgument, "model '\(model)': output '\(output.name)' is requested more than once")
            }
            places.append(place)
        }
        return places
    }

    /// - Precondition: `outputs` are as many as the signature the selection was made for has.
    func apply(to outputs: [NamedTensor]) -> [NamedTensor] {
        switch self {
        case .all: return outputs
        case .indices(let places): return places.map { outputs[$0] }
        case .renamed(let names):
            var renamed = outputs
            for (index, name) in names.enumerated() where index < renamed.count { renamed[index].name = name }
            return renamed
        }
    }
}
