import DunlinBytes
package import DunlinInference
package import DunlinTensor

/// A request that a model of a signature takes: one row, small numbers.
package struct ModelExample: Sendable, Equatable {
    package struct Input: Sendable, Equatable {
        package var name: String
        package var dataType: DataType
        package var shape: [Int]

        /// `Int.max` for what no memory could hold.
        var elementCount: Int {
            shape.reduce(1) { count, extent in
                let (product, overflows) = count.multipliedReportingOverflow(by: extent)
                return overflows ? .max : product
            }
        }
    }

    package let inputs: [Input]
    package let isSequence: Bool

    /// Elements of all inputs that are written out; larger examples are made by the snippet that sends them.
    package static let maxElementCount = 2048
    /// An open axis behind the first, where rows are. An image needs more than a text to be an image.
    static let openExtent = 8
    static let openImageExtent = 64

    package init(_ signature: [TensorMetadata], isSequence: Bool = false, isVariadic: Bool = false) {
        self.isSequence = isSequence
        guard !isVariadic else {
            // Workers that take anything.
            inputs = [Input(name: "input", dataType: signature.first?.dataType ?? .int32, shape: [1])]
            return
        }
        inputs = signature.map { tensor in
            let open = tensor.shape.count >= 4 ? Self.openImageExtent : Self.openExtent
            return Input(
                name: tensor.name, dataType: tensor.dataType,
                shape: tensor.shape.enumerated().map { axis, extent in extent >= 0 ? extent : axis == 0 ? 1 : open })
        }
    }

    var elementCount: Int {
        inputs.reduce(0) { count, input in
            let (sum, overflows) = count.addingReportingOverflow(input.elementCount)
            return overflows ? .max : sum
        }
    }

    /// Whether it is short enough to be written out.
    package var isWrittenOut: Bool { elementCount <= Self.maxElementCount }

    /// Whether the request can be JSON: 16-bit floats have no such form in the protocol.
    package var hasJSON: Bool { inputs.allSatisfy { $0.dataType != .fp16 && $0.dataType != .bf16 } }

    /// The request's body; `nil` when it is too long or cannot be JSON.
    package var json: String? {
        guard isWrittenOut, hasJSON else { return nil }
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.key("inputs")
        writer.beginArray()
        for input in inputs {
            writer.beginObject()
            writer.key("name")
            writer.value(input.name)
            writer.key("shape")
            writer.beginArray()
            for extent in input.shape { writer.value(extent) }
            writer.endArray()
            writer.key("datatype")
            writer.value(input.dataType.name)
            writer.key("data")
            writer.beginArray()
            for _ in 0..<input.elementCount { writer.element(of: input.dataType) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        if isSequence {
            writer.key("parameters")
            writer.beginObject()
            writer.key("sequence_id")
            writer.value(1)
            writer.key("sequence_start")
            writer.value(true)
            writer.key("sequence_end")
            writer.value(true)
            writer.endObject()
        }
        writer.endObject()
        return writer.finish().string
    }
}

extension JSONWriter {
    /// The element that all of an example's tensors consist of.
    fileprivate mutating func element(of dataType: DataType) {
        switch dataType {
        case .bool: value(true)
        case .fp32, .fp64, .fp16, .bf16: value(0.5)
        case .bytes: value("text")
        default: value(1)
        }
    }
}
