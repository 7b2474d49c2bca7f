import DunlinBytes
import DunlinInference
import DunlinTensor

extension GRPCInferReader {
    mutating func readInput(_ bytes: UnsafeRawBufferPointer, index: Int) throws(InferError) -> NamedTensor {
        var name: String?
        var dataType: DataType?
        var dimensions: [Int] = []
        var parameters = Parameters()
        // Nearly always one; protobuf has it that several are one.
        var contents: UnsafeRawBufferPointer?
        var moreContents: [UnsafeRawBufferPointer] = []
        var cursor = ProtobufCursor(bytes)
        while try next(&cursor) {
            switch cursor.field {
            case 1:
                let text = try readName(&cursor, "name")
                name = text
                tensor = .input(index, name: text)
            case 2: dataType = try readDataType(&cursor)
            case 3: try readExtents(&cursor, into: &dimensions)
            case 4:
                field = "parameters"
                try readParameter(try payload(&cursor), into: &parameters, ofRequest: false)
                field = ""
            case 5:
                let part = try payload(&cursor)
                if contents == nil {
                    contents = part
                } else {
                    guard moreContents.count < limits.maxParameterCount else {
                        throw failure("expected 'contents' in at most \(limits.maxParameterCount) parts")
                    }
                    moreContents.append(part)
                }
            default: try skip(&cursor)
            }
        }
        guard let name, !name.isEmpty else { throw failure("'name' is missing; expected the input's name") }
        guard let dataType else { throw failure("'datatype' is missing; expected a name such as FP32") }
        let shape = try checkedShape(dimensions)
        let place = parameters.isEmpty ? nil : try sharedMemoryPlace(parameters)
        let data: Tensor
        if let place {
            guard contents == nil else {
                throw failure("expected either 'contents' or 'shared_memory_region', found both")
            }
            try checkRawCount(place.byteCount, dataType, shape)
            data = try V2RawTensor.check(try readSharedMemory(place), dataType, shape) { failure($0) }
        } else if hasRaw {
            guard contents == nil else {
                throw failure("expected either 'contents' or 'raw_input_contents', found both")
            }
            data = try takeRaw(dataType, shape)
        } else {
            if contents != nil { usesTypedContents = true }
            let parts = contents.map { [$0] + moreContents } ?? []
            data = try readContents(parts, dataType, shape)
        }
        return NamedTensor(name, data)
    }

    private mutating func readDataType(_ cursor: inout ProtobufCursor) throws(InferError) -> DataType {
        field = "datatype"
        defer { field = "" }
        let text = try payload(&cursor)
        guard let type = DataType(protocolName: text) else {
            let names = DataType.allCases.map(\.name).joined(separator: ", ")
            throw failure("expected one of \(names), found '\(String(decoding: text.prefix(64), as: UTF8.self))'")
        }
        return type
    }

    private mutating func readExtents(
        _ cursor: inout ProtobufCursor, into dimensions: inout [Int]
    ) throws(InferError) {
        field = "shape"
        let reader = self
        if dimensions.isEmpty { dimensions.reserveCapacity(4) }
        try cursor.eachNumber { (value) throws(InferError) in
            guard dimensions.count < reader.limits.maxRank else {
                throw reader.failure("expected at most \(reader.limits.maxRank) dimensions")
            }
            dimensions.append(Int(truncatingIfNeeded: value))
        } failure: {
            reader.failure("\($0)")
        }
        field = ""
    }

    private mutating func checkedShape(_ dimensions: [Int]) throws(InferError) -> Shape {
        field = "shape"
        // Extents of 0 are left out, so that the product of any part of the shape fits as well.
        var product = 1
        for (axis, extent) in dimensions.enumerated() {
            guard extent >= 0 else { throw failure("expected extents of at least 0, found \(extent)") }
            let (next, isOver) = product.multipliedReportingOverflow(by: max(extent, 1))
            guard !isOver else {
                throw failure("expected at most \(Int.max) elements, found \(Array(dimensions[...axis])) and more")
            }
            product = next
        }
        // Rows without elements cost the client nothing; whoever counts or sums them must not be led astray by them.
        guard product <= limits.maxExpandedByteCount || !dimensions.contains(0) else {
            throw failure(
                "expected extents besides 0 whose product is at most \(limits.maxExpandedByteCount), found \(dimensions)"
            )
        }
        field = ""
        return Shape(dimensions)
    }

    /// The bytes of all elements of a type with a fixed size; checks that they are countable.
    func checkByteCount(_ dataType: DataType, _ shape: Shape) throws(InferError) -> Int {
        let (byteCount, isOver) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount ?? 1)
        guard !isOver else { throw failure("byte size overflow for shape \(shape) of \(dataType)") }
        return byteCount
    }

    func checkRawCount(_ byteCount: Int, _ dataType: DataType, _ shape: Shape) throws(InferError) {
        let expected = try checkByteCount(dataType, shape)
        guard dataType == .bytes || byteCount == expected else {
            throw failure("expected \(expected) bytes for \(dataType) of shape \(shape), found \(byteCount)")
        }
    }

    /// The next entry of `raw_input_contents` as a tensor.
    private mutating func takeRaw(_ dataType: DataType, _ shape: Shape) throws(InferError) -> Tensor {
        field = "raw_input_contents"
        guard rawCount > 0 else { throw failure("expected an entry for each input, found none for this one") }
        rawCount -= 1
        while try next(&rawCursor), rawCursor.field != 7 { try skip(&rawCursor) }
        let bytes = slice(try payload(&rawCursor))
        try checkRawCount(bytes.count, dataType, shape)
        let tensor = try V2RawTensor.check(bytes, dataType, shape) { failure($0) }
        field = ""
        return tensor
    }

    mutating func expand(by byteCount: Int) throws(InferError) {
        guard byteCount <= limits.maxExpandedByteCount - expandedByteCount else {
            throw failure(
                "data expands to \(byteCount) bytes, which exceeds the maximum allowed input size of "
                    + "\(limits.maxExpandedByteCount) bytes")
        }
        expandedByteCount += byteCount
    }

    // MARK: Shared memory

    private mutating func sharedMemoryPlace(_ parameters: Parameters) throws(InferError) -> SharedMemoryPlace? {
        field = "parameters"
        let place = try SharedMemoryPlace.find(in: parameters) { failure($0) }
        if place != nil { _ = try allowedSharedMemory() }
        field = ""
        return place
    }

    private mutating func readSharedMemory(_ place: SharedMemoryPlace) throws(InferError) -> Bytes {
        let sharedMemory = try allowedSharedMemory()
        try expand(by: place.byteCount)
        do throws(InferError) { return try sharedMemory.read(place) } catch { throw failure(error) }
    }

    /// Checks where an output is to be put, before the model runs for it.
    func checkSharedMemory(ofOutput parameters: Parameters) throws(InferError) {
        guard !parameters.isEmpty, let place = try SharedMemoryPlace.find(in: parameters, { failure($0) }) else {
            return
        }
        if parameters["classification"] != nil {
            throw failure("an output can't set both 'shared_memory_region' and 'classification'")
        }
        let sharedMemory = try allowedSharedMemory()
        do throws(InferError) { try sharedMemory.check(place) } catch { throw failure(error) }
    }

    private func allowedSharedMemory() throws(InferError) -> any SharedMemoryAccess {
        guard let sharedMemory else { throw failure(.sharedMemoryDisabled) }
        return sharedMemory
    }
}

extension DataType {
    /// The type with the protocol's name `text`, found without making a string, or with AMD's spelling of it.
    fileprivate init?(protocolName text: UnsafeRawBufferPointer) {
        for (name, type) in Self.usualNames
        where name.utf8CodeUnitCount == text.count
            && UnsafeRawBufferPointer(start: name.utf8Start, count: text.count).elementsEqual(text)
        {
            self = type
            return
        }
        guard text.count <= Self.maxUsualByteCount else { return nil }
        self.init(name: String(decoding: text, as: UTF8.self))
    }

    private static let maxUsualByteCount = 6

    private static let usualNames: [(StaticString, DataType)] = [
        ("FP32", .fp32), ("INT64", .int64), ("BYTES", .bytes), ("INT32", .int32), ("UINT8", .uint8), ("FP64", .fp64),
        ("FP16", .fp16), ("BOOL", .bool),
    ]
}
