import DunlinTensor

/// Reads the parameters of a model's configuration that `V1Profile` knows.
struct V1Parameters {
    private let signature: ModelSignature
    private let parameters: [String: String]

    init(_ signature: ModelSignature, _ parameters: [String: String]) {
        self.signature = signature
        self.parameters = parameters
    }

    func style() throws(InferError) -> V1Profile.Style {
        guard let text = parameters["v1_style"] else { return .kserve }
        guard let style = V1Profile.Style(rawValue: text.lowercased()) else {
            throw failure(
                "v1_style", "one of " + V1Profile.Style.allCases.map(\.rawValue).joined(separator: ", "), text)
        }
        return style
    }

    func bool(_ key: String) throws(InferError) -> Bool? {
        guard let text = parameters[key] else { return nil }
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw failure(key, "true or false", text)
        }
    }

    /// The place of the output a parameter names.
    func output(_ key: String) throws(InferError) -> Int? {
        guard let name = parameters[key] else { return nil }
        return try place(of: name, key)
    }

    /// The places of the outputs a parameter names, separated by commas; `*`: none in particular.
    func outputs(_ key: String) throws(InferError) -> [Int]? {
        guard let text = parameters[key] else { return nil }
        guard text != "*" else { return [] }
        var places: [Int] = []
        for name in Self.list(text) {
            let place = try place(of: name, key)
            guard !places.contains(place) else { throw failure(key, "each output once", text) }
            places.append(place)
        }
        guard !places.isEmpty else { throw failure(key, "names of outputs, or *", text) }
        return places
    }

    /// `v1_columns`: a name for each column of the only input.
    func columns() throws(InferError) -> [String] {
        guard let text = parameters["v1_columns"] else { return [] }
        let names = Self.list(text)
        guard let input = signature.inputs.first, signature.inputs.count == 1, input.shape.count == 2,
            input.dataType.byteCount != nil, input.dataType != .fp16, input.dataType != .bf16
        else {
            throw InferError(
                .invalidArgument,
                "parameter 'v1_columns' is for models with one input of two dimensions and of numbers of 32 or 64 bits, "
                    + "integers or booleans")
        }
        let isCounted = input.shape[1] < 0 || input.shape[1] == names.count
        guard isCounted, !names.isEmpty, Set(names).count == names.count, !names.contains("") else {
            throw failure("v1_columns", "different names for the columns of shape \(input.shape)", text)
        }
        return names
    }

    /// `version_labels`: `stable=3, canary=4`.
    func versionLabels() throws(InferError) -> [String: String] {
        guard let text = parameters["version_labels"] else { return [:] }
        var labels: [String: String] = [:]
        for entry in Self.list(text) {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(Self.trimmed)
            guard parts.count == 2, !parts[0].isEmpty, let version = Int(parts[1]), version > 0, labels[parts[0]] == nil
            else { throw failure("version_labels", "different labels with versions, as in 'stable=3, canary=4'", text) }
            labels[parts[0]] = String(version)
        }
        return labels
    }

    private func place(of name: String, _ key: String) throws(InferError) -> Int {
        guard let place = signature.outputs.firstIndex(where: { $0.name == name }) else {
            let names = signature.outputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw failure(key, "an output of the model (\(names))", name)
        }
        return place
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private func failure(_ key: String, _ expected: String, _ found: String) -> InferError {
        InferError(.invalidArgument, "parameter '\(key)' is '\(found)'; it must be \(expected)")
    }
}
