import DunlinBytes
import DunlinInference
import DunlinTensor

/// A table from elements of one type to elements of another, with one value for all that it does not hold.
struct LabelMap: Sendable {
    /// Elements of an attribute, whatever their type: numbers or text.
    enum Elements: Sendable {
        case numbers(Tensor)
        case text([Bytes])

        var count: Int {
            switch self {
            case .numbers(let tensor): tensor.elementCount
            case .text(let strings): strings.count
            }
        }

        var dataType: DataType {
            switch self {
            case .numbers(let tensor): tensor.dataType
            case .text: .bytes
            }
        }

        init(_ integers: [Int]) { self = .numbers(Tensor(integers.map(Int64.init), shape: [integers.count])) }
        init(_ floats: [Float]) { self = .numbers(Tensor(floats, shape: [floats.count])) }
        init(_ strings: [String]) { self = .text(strings.map { Bytes($0) }) }
        init(_ tensor: Tensor) {
            self = tensor.dataType == .bytes ? .text(Array(tensor.bytesElements)) : .numbers(tensor)
        }
    }

    static let dataTypes: [DataType] = [.bytes, .int64, .fp32, .fp64, .int32, .int16]

    let keyType: DataType
    /// One more than there are keys: the last is for unknown elements.
    let values: Elements
    private let numbers: [UInt64: Int32]
    private let text: ByteStringTable

    /// - Parameters:
    ///   - fallback: One element of the values' type.
    /// - Throws: When counts or types do not agree.
    init(keys: Elements, values: Elements, fallback: Elements) throws(InferError) {
        guard keys.count == values.count else {
            throw InferError(.invalidArgument, "\(keys.count) keys for \(values.count) values")
        }
        guard fallback.count == 1, fallback.dataType == values.dataType else {
            throw InferError(
                .invalidArgument,
                "the default is \(fallback.count) of \(fallback.dataType), the values \(values.dataType)")
        }
        for type in [keys.dataType, values.dataType] where !Self.dataTypes.contains(type) {
            throw InferError(.unsupported, "a table with elements of \(type)")
        }
        keyType = keys.dataType
        var numbers: [UInt64: Int32] = [:]
        var text = ByteStringTable()
        var chosen: [Int] = []
        switch keys {
        case .numbers(let tensor):
            // The first of equal keys counts.
            for (index, key) in Self.keys(tensor).enumerated() where numbers[key] == nil { numbers[key] = Int32(index) }
            chosen = Array(0..<keys.count)
        case .text(let strings):
            for (index, string) in strings.enumerated() where text.insert(string).isNew { chosen.append(index) }
        }
        self.numbers = numbers
        self.text = text
        switch (values, fallback) {
        case (.text(let strings), .text(let fallback)):
            self.values = .text(chosen.map { strings[$0] } + fallback)
        case (.numbers(let tensor), .numbers(let fallback)):
            self.values = .numbers(Self.select(tensor, chosen, fallback))
        default: preconditionFailure("the default's type was checked")
        }
    }

    /// The values' indices for all elements of the input.
    func indices(_ dataType: DataType, _ input: UnsafeRawBufferPointer, _ put: (Int, Int) -> Void) {
        let unknown = values.count - 1
        func numeric<Element: TensorElement>(_ type: Element.Type, _ key: (Element) -> UInt64) {
            for (index, element) in input.assumingMemoryBound(to: Element.self).enumerated() {
                put(index, numbers[key(element)].map(Int.init) ?? unknown)
            }
        }
        switch dataType {
        case .bytes:
            for (index, string) in ByteSlices(input).enumerated() { put(index, text.find(string) ?? unknown) }
        case .fp32: numeric(Float.self) { Self.key(Double($0)) }
        case .fp64: numeric(Double.self) { Self.key($0) }
        case .int64: numeric(Int64.self) { UInt64(bitPattern: $0) }
        case .int32: numeric(Int32.self) { UInt64(bitPattern: Int64($0)) }
        case .int16: numeric(Int16.self) { UInt64(bitPattern: Int64($0)) }
        default: preconditionFailure("a table for \(dataType)")
        }
    }

    /// One bit pattern for both zeros and one for every NaN.
    private static func key(_ value: Double) -> UInt64 {
        value.isNaN ? .max : value == 0 ? 0 : value.bitPattern
    }

    private static func keys(_ tensor: Tensor) -> [UInt64] {
        switch tensor.dataType {
        case .fp32: tensor.elements(as: Float.self).map { key(Double($0)) }
        case .fp64: tensor.elements(as: Double.self).map { key($0) }
        case .int64: tensor.elements(as: Int64.self).map { UInt64(bitPattern: $0) }
        case .int32: tensor.elements(as: Int32.self).map { UInt64(bitPattern: Int64($0)) }
        case .int16: tensor.elements(as: Int16.self).map { UInt64(bitPattern: Int64($0)) }
        default: []
        }
    }

    private static func select(_ tensor: Tensor, _ chosen: [Int], _ fallback: Tensor) -> Tensor {
        func of<Element: TensorElement>(_ type: Element.Type) -> Tensor {
            let all: [Element] = tensor.elements()
            return Tensor(chosen.map { all[$0] } + fallback.elements(as: type), shape: [chosen.count + 1])
        }
        return switch tensor.dataType {
        case .fp64: of(Double.self)
        case .int64: of(Int64.self)
        case .int32: of(Int32.self)
        case .int16: of(Int16.self)
        default: of(Float.self)
        }
    }
}
