import DunlinInference
import DunlinTensor

extension BatchLayout {
    /// The model's parameter that names inputs and the value that fills them: `input_ids=0, attention_mask=0`.
    static let padInputs = "pad_inputs"
    /// The model's parameter that says which input's extents an output has: `last_hidden_state=input_ids`.
    static let cutOutputs = "cut_outputs"

    /// - Returns: `nil` where batches are just rows.
    /// - Throws: `.invalidArgument` that names the tensor that does not fit the model.
    init?(_ model: ModelSignature, _ configuration: ModelConfiguration) throws(InferError) {
        let ragged = configuration.inputs.filter(\.allowsRaggedBatch)
        let isPadded = [Self.padInputs, Self.cutOutputs].contains { configuration.parameters[$0] != nil }
        guard !ragged.isEmpty || !configuration.batchInputs.isEmpty || !configuration.batchOutputs.isEmpty || isPadded
        else { return nil }
        guard !model.isVariadic, let size = configuration.maxBatchSize, size > 0 else {
            throw Self.error("ragged and padded batches need a max_batch_size above 0")
        }
        var seen = ModelSignature(inputs: [], outputs: model.outputs)
        let targets = Set(configuration.batchInputs.flatMap(\.targets))
        var places: [String: Int] = [:]
        for input in model.inputs where !targets.contains(input.name) {
            places[input.name] = seen.inputs.count
            seen.inputs.append(input)
        }
        func place(_ name: String, _ what: String) throws(InferError) -> Int {
            if let place = places[name] { return place }
            throw Self.error("\(what): source_input '\(name)' is no input that clients send")
        }
        var sources: [String: Source] = [:]
        for input in configuration.batchInputs {
            for target in input.targets {
                let what = "batch_input '\(target)'"
                let metadata = try Self.tensor(target, model.inputs, what)
                guard sources[target] == nil else { throw Self.error("\(what) is given more than once") }
                guard metadata.dataType == input.dataType else {
                    throw Self.error(
                        "\(what): the configuration says \(input.dataType), the model \(metadata.dataType)")
                }
                let rank = input.kind == .itemShape ? 2 : 1
                guard metadata.shape.count == rank, metadata.shape[0] == -1 else {
                    throw Self.error(
                        "\(what): \(input.kind.rawValue) has \(rank == 1 ? "one open extent" : "two extents, the first open"), "
                            + "the model's input \(metadata.shape)")
                }
                sources[target] = .derived(input.kind, of: try place(input.source, what), input.dataType)
            }
        }
        for tensor in ragged {
            let what = "input '\(tensor.name)' (allow_ragged_batch)"
            guard let place = places[tensor.name] else { throw Self.error("\(what) is no input that clients send") }
            guard seen.inputs[place].shape == [-1] else {
                throw Self.error(
                    "\(what): the model must take its elements in one open dimension, its shape is "
                        + "\(seen.inputs[place].shape)")
            }
            sources[tensor.name] = .flat(place)
            let rank = (tensor.reshape ?? tensor.dimensions).count
            seen.inputs[place].shape = [Int](repeating: -1, count: rank + 1)
        }
        var divisions = [Division](repeating: .rows, count: model.outputs.count)
        for output in configuration.batchOutputs {
            for target in output.targets {
                let what = "batch_output '\(target)'"
                _ = try Self.tensor(target, model.outputs, what)
                guard let described = configuration.outputs.first(where: { $0.name == target }),
                    let index = model.outputs.firstIndex(where: { $0.name == target })
                else { throw Self.error("\(what) needs its dims in the configuration's output") }
                let source = try place(output.source, what)
                let dims = [-1] + (described.reshape ?? described.dimensions)
                let rank = seen.inputs[source].shape.count
                guard dims.indices.allSatisfy({ dims[$0] != -1 || $0 < rank }) else {
                    throw Self.error("\(what): '\(output.source)' has no extent for each open one of \(dims)")
                }
                divisions[index] = .scattered(like: source, dims)
                seen.outputs[index].shape = [Int](repeating: -1, count: dims.count)
            }
        }
        signature = seen
        names = model.inputs.map(\.name)
        self.divisions = divisions
        self.sources = model.inputs.map { input in sources[input.name] ?? .rows(places[input.name] ?? 0) }
    }

    // MARK: Padding

    /// Takes `pad_inputs` and `cut_outputs` of the model's parameters.
    ///
    /// - Parameter served: What clients see, in the model's form.
    /// - Throws: `.invalidArgument` that names the tensor and what is wrong.
    mutating func addPadding(
        _ parameters: [String: String], _ served: ModelSignature
    ) throws(InferError) {
        let padded = try Self.pairs(parameters, Self.padInputs)
        let cuts = try Self.pairs(parameters, Self.cutOutputs)
        if padded.isEmpty, !cuts.isEmpty { throw Self.error("\(Self.cutOutputs) needs \(Self.padInputs)") }
        guard !padded.isEmpty else { return }
        for (name, value) in padded {
            let what = "\(Self.padInputs): input '\(name)'"
            guard let place = served.inputs.firstIndex(where: { $0.name == name }),
                let index = sources.firstIndex(of: .rows(place))
            else { throw Self.error("\(what) is no input whose rows can be padded") }
            guard served.inputs[place].shape.dropFirst().contains(-1) else {
                throw Self.error("\(what) has no open extent behind the first: \(served.inputs[place].shape)")
            }
            guard let fill = Self.element(value, served.inputs[place].dataType) else {
                throw Self.error("\(what): '\(value)' is no value of \(served.inputs[place].dataType) to pad with")
            }
            sources[index] = .padded(place, fill: fill)
        }
        for output in served.outputs {
            guard let index = signature.outputs.firstIndex(where: { $0.name == output.name }),
                divisions[index] == .rows
            else { continue }
            let axes = output.shape.indices.filter { $0 > 0 && output.shape[$0] == -1 }
            let cut = cuts.first { $0.name == output.name }
            if axes.isEmpty, cut == nil { continue }
            let what = "\(Self.cutOutputs): output '\(output.name)'"
            guard let cut else {
                throw Self.error(
                    "\(what) has open extents, \(output.shape): name the padded input that has them, as in "
                        + "'\(output.name)=\(padded[0].name)'")
            }
            guard let place = served.inputs.firstIndex(where: { $0.name == cut.value }),
                padded.contains(where: { $0.name == cut.value })
            else { throw Self.error("\(what): '\(cut.value)' is no padded input") }
            let shape = served.inputs[place].shape
            guard !axes.isEmpty, axes.allSatisfy({ $0 < shape.count && shape[$0] == -1 }), output.dataType != .bytes
            else {
                throw Self.error(
                    "\(what), \(output.dataType) \(output.shape), cannot be cut to extents of '\(cut.value)', \(shape)")
            }
            divisions[index] = .cut(like: place, axes: axes)
        }
        for (name, _) in cuts where !served.outputs.contains(where: { $0.name == name }) {
            throw Self.error("\(Self.cutOutputs): the model has no output '\(name)'")
        }
    }

    /// `a=1, b=2`.
    private static func pairs(
        _ parameters: [String: String], _ key: String
    ) throws(InferError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for part in (parameters[key] ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let sign = part.lastIndex(of: "="), sign != part.startIndex else {
                throw error("\(key): '\(part)' must be a name, '=' and a value")
            }
            let name = String(part[..<sign])
            guard !pairs.contains(where: { $0.name == name }) else { throw error("\(key): '\(name)' is given twice") }
            pairs.append((name, String(part[part.index(after: sign)...])))
        }
        return pairs
    }

    /// The bytes of one element; `nil` when the text is none.
    private static func element(_ text: String, _ type: DataType) -> [UInt8]? {
        func bytes<Value>(_ value: Value?) -> [UInt8]? { value.map { withUnsafeBytes(of: $0) { Array($0) } } }
        switch type {
        case .bool: return ["0": [0], "false": [0], "1": [1], "true": [1]][text]
        case .uint8: return bytes(UInt8(text))
        case .uint16: return bytes(UInt16(text))
        case .uint32: return bytes(UInt32(text))
        case .uint64: return bytes(UInt64(text))
        case .int8: return bytes(Int8(text))
        case .int16: return bytes(Int16(text))
        case .int32: return bytes(Int32(text))
        case .int64: return bytes(Int64(text))
        case .fp32: return bytes(Float(text))
        case .fp64: return bytes(Double(text))
        // Half floats: zero, which has the same bits in both.
        case .fp16, .bf16: return Double(text) == 0 ? [0, 0] : nil
        case .bytes: return nil
        }
    }

    private static func tensor(
        _ name: String, _ tensors: [TensorMetadata], _ what: String
    ) throws(InferError) -> TensorMetadata {
        if let found = tensors.first(where: { $0.name == name }) { return found }
        throw error(
            "\(what): the model has no '\(name)', only " + tensors.map { "'\($0.name)'" }.joined(separator: ", "))
    }

    private static func error(_ message: String) -> InferError { InferError(.invalidArgument, message) }
}
