import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

extension V2RequestReader {
    mutating func readInputs(into inputs: inout [NamedTensor]) throws(JSONError) {
        try scanner.enterArray()
        var names = NameSet()
        while try scanner.nextElement() {
            field = ""
            tensor = .input(inputs.count, name: nil)
            guard inputs.count < limits.maxInputCount else {
                throw failure("expected at most \(limits.maxInputCount) inputs")
            }
            let input = try readInput(inputs.count)
            // One input needs no list of names.
            if inputs.count == 1 { _ = names.insert(inputs[0].name) }
            if !inputs.isEmpty {
                guard names.insert(input.name) else { throw failure("the input is given more than once") }
            }
            inputs.append(input)
            tensor = .none
        }
    }

    private mutating func readInput(_ index: Int) throws(JSONError) -> NamedTensor {
        var name: String?
        var dataType: DataType?
        var shape: Shape?
        var bytes: Bytes?
        var place = DataPlace.json
        // Where the data stands when type and shape come after it.
        var data: JSONScanner.Mark?
        var seen = (name: false, dataType: false, shape: false, parameters: false, data: false)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if key == "name" {
                try begin("name", &seen.name)
                name = try readName(maxByteCount: limits.maxNameByteCount)
                tensor = .input(index, name: name)
            } else if key == "datatype" {
                try begin("datatype", &seen.dataType)
                dataType = try readDataType()
            } else if key == "shape" {
                try begin("shape", &seen.shape)
                shape = try readShape()
            } else if key == "data" {
                try begin("data", &seen.data)
                if let dataType, let shape, name != nil {
                    bytes = try readData(dataType, shape)
                } else {
                    data = scanner.mark
                    try scanner.skipValue()
                }
            } else if key == "parameters" {
                try begin("parameters", &seen.parameters)
                if try !skipNull() { place = try readInputParameters() }
            } else {
                try scanner.skipValue()
            }
            field = ""
        }
        guard let name else { throw failure("'name' is missing; expected the input's name") }
        guard let dataType else { throw failure("'datatype' is missing; expected a name such as FP32") }
        guard let shape else { throw failure("'shape' is missing; expected an array of extents") }
        switch place {
        case .json: break
        case .binary(let byteCount):
            guard !seen.data else { throw failure("expected either 'data' or 'binary_data_size', found both") }
            return NamedTensor(name, try takeBinary(byteCount, dataType, shape))
        case .sharedMemory(let place):
            guard !seen.data else { throw failure("expected either 'data' or 'shared_memory_region', found both") }
            try checkBinaryCount(place.byteCount, dataType, shape)
            let bytes = try readSharedMemory(place)
            return NamedTensor(name, try V2RawTensor.check(bytes, dataType, shape) { failure($0) })
        }
        guard seen.data else {
            guard tail != nil else {
                throw failure("expected 'data' or the parameter 'binary_data_size', found neither")
            }
            return NamedTensor(name, try takeBinary(nil, dataType, shape))
        }
        if let data {
            let end = scanner.mark
            scanner.reset(to: data)
            field = "data"
            bytes = try readData(dataType, shape)
            field = ""
            scanner.reset(to: end)
        }
        try checkByteCount(dataType, shape)
        return NamedTensor(name, Tensor(dataType: dataType, shape: shape, bytes: bytes ?? Bytes()))
    }

    private mutating func readDataType() throws(JSONError) -> DataType {
        let text = try scanner.readText()
        guard let type = DataType(text) else {
            let names = DataType.allCases.map(\.name).joined(separator: ", ")
            throw failure("expected one of \(names), found '\(String(text.string.prefix(64)))'")
        }
        return type
    }

    private mutating func readShape() throws(JSONError) -> Shape {
        var dimensions: [Int] = []
        // Extents of 0 are left out, so that the product of any part of the shape fits as well.
        var product = 1
        try scanner.enterArray()
        while try scanner.nextElement() {
            guard dimensions.count < limits.maxRank else {
                throw failure("expected at most \(limits.maxRank) dimensions")
            }
            if dimensions.isEmpty { dimensions.reserveCapacity(4) }
            let extent = try scanner.readInteger()
            guard extent >= 0 else { throw failure("expected extents of at least 0, found \(extent)") }
            dimensions.append(extent)
            let (next, isOver) = product.multipliedReportingOverflow(by: max(extent, 1))
            guard !isOver else {
                throw failure("expected at most \(Int.max) elements, found \(dimensions) and more")
            }
            product = next
        }
        // Rows without elements cost the client nothing; whoever counts or sums them must not be led astray by them.
        guard product <= limits.maxExpandedByteCount || !dimensions.contains(0) else {
            throw failure(
                "expected extents besides 0 whose product is at most \(limits.maxExpandedByteCount), found \(dimensions)"
            )
        }
        return Shape(dimensions)
    }

    /// The bytes of all elements of a type with a fixed size; checks that they are countable.
    @discardableResult
    private func checkByteCount(_ dataType: DataType, _ shape: Shape) throws(JSONError) -> Int {
        // The product without zeros fits, the shape having been checked; with the size it may not.
        let (byteCount, isOver) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount ?? 1)
        guard !isOver else { throw failure("byte size overflow for shape \(shape) of \(dataType)") }
        return byteCount
    }

    private mutating func readData(_ dataType: DataType, _ shape: Shape) throws(JSONError) -> Bytes {
        guard scanner.peek() == .array else { throw scanner.unexpected("an array") }
        if dataType == .bytes { return try readStrings(shape) }
        guard let type = dataType.jsonElementType else {
            throw failure(
                "receiving \(dataType) data via JSON is not supported; expected binary data ('binary_data_size' and "
                    + "the header Inference-Header-Content-Length)")
        }
        let expected = shape.elementCount
        let byteCount = try checkByteCount(dataType, shape)
        // Never more memory than the text can fill: an element takes two bytes, its comma included.
        let isPlausible = expected <= scanner.remainingCount / 2 + 1
        if isPlausible { try expand(by: byteCount) }
        guard let memory = malloc(isPlausible ? max(byteCount, 1) : 1) else {
            throw failure("expected less data, found \(byteCount) bytes for which there is no memory")
        }
        let count: Int
        do throws(JSONError) {
            count = try scanner.readElements(type, into: memory, capacity: isPlausible ? expected : 0)
        } catch {
            free(memory)
            throw error
        }
        guard count == expected, byteCount > 0 else {
            free(memory)
            if count == expected { return Bytes() }
            throw mismatch(shape, count)
        }
        return Bytes(adopting: memory, count: byteCount)
    }

    private mutating func readStrings(_ shape: Shape) throws(JSONError) -> Bytes {
        let expected = shape.elementCount
        // A guess: short strings; the text bounds it.
        var builder = BytesBuilder(capacity: min(scanner.remainingCount, min(expected, 1 << 16) * 16))
        let count = try scanner.readStrings(
            lengthPrefixedInto: &builder, byteLimit: limits.maxExpandedByteCount - expandedByteCount)
        expandedByteCount += builder.count
        guard count == expected else { throw mismatch(shape, count) }
        return builder.finish()
    }

    mutating func expand(by byteCount: Int) throws(JSONError) {
        guard byteCount <= limits.maxExpandedByteCount - expandedByteCount else {
            throw failure(
                "data expands to \(byteCount) bytes, which exceeds the maximum allowed input size of "
                    + "\(limits.maxExpandedByteCount) bytes")
        }
        expandedByteCount += byteCount
    }

    private func mismatch(_ shape: Shape, _ count: Int) -> JSONError {
        failure("expected \(shape.elementCount) elements for shape \(shape), found \(count)")
    }

    private func checkBinaryCount(_ byteCount: Int, _ dataType: DataType, _ shape: Shape) throws(JSONError) {
        let expected = try checkByteCount(dataType, shape)
        guard dataType == .bytes || byteCount == expected else {
            throw failure("expected \(expected) bytes for \(dataType) of shape \(shape), found \(byteCount)")
        }
    }

    /// The next bytes behind the JSON text as a tensor.
    ///
    /// - Parameter byteCount: What the request says; `nil`, as OpenVINO's clients leave it out: as many as the shape needs,
    ///   for strings all that are left.
    private mutating func takeBinary(
        _ byteCount: Int?, _ dataType: DataType, _ shape: Shape
    ) throws(JSONError) -> Tensor {
        guard let tail else {
            throw failure(
                "'binary_data_size' is given without the header Inference-Header-Content-Length")
        }
        let needed = dataType == .bytes ? tail.count - tailOffset : try checkByteCount(dataType, shape)
        let byteCount = byteCount ?? needed
        try checkBinaryCount(byteCount, dataType, shape)
        guard byteCount <= tail.count - tailOffset else {
            throw failure(
                "expected \(byteCount) bytes of binary data, found \(tail.count - tailOffset) after the JSON part")
        }
        let bytes = tail[tailOffset..<(tailOffset + byteCount)]
        tailOffset += byteCount
        return try V2RawTensor.check(bytes, dataType, shape) { failure($0) }
    }
}
