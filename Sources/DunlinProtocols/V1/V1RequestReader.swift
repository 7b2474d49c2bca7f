import DunlinBytes
import DunlinInference
import DunlinTensor

/// Reads one V1 request: the JSON text from front to back into typed tensors, whose shapes are found on the way.
///
/// Everything throws `JSONError`, so that scanner calls stand plainly; `inferError(_:)` puts the place in front.
struct V1RequestReader: ~Copyable {
    var scanner: JSONScanner
    let profile: V1Profile
    let limits: V2Limits

    /// What was read so far.
    var columns: [V1Column] = []
    /// The places of the columns in the order of the first row; other rows nearly always have the same.
    var order: [Int] = []
    /// The rows of the request; `nil` when its values came as whole tensors.
    var rows: Int?
    /// Columns of the model's only input that come one by one, by name.
    var isByColumn = false
    var signatureName: String?
    /// Whether `inputs` is an object of tensors.
    var hasTensors = false
    /// Whether the values came as `inputs`, not as `instances`.
    var cameAsInputs = false

    // Where the reader is, for messages.
    var field: StaticString = ""
    var row: Int?
    var column: V1Column?
    /// Where the column of each name is; made when there are many and they come in no order.
    private var places: [String: Int] = [:]
    /// Columns that a name is looked for in one after the other.
    private static let mostWalkedColumns = 16
    /// Bytes that values have expanded to so far.
    var expandedByteCount = 0

    init(_ body: Bytes, _ profile: V1Profile, _ limits: V2Limits) {
        scanner = JSONScanner(body)
        self.profile = profile
        self.limits = limits
    }

    /// The error for the client: the place, then what was expected and found.
    func inferError(_ error: JSONError) -> InferError {
        var place = field.utf8CodeUnitCount > 0 ? "'\(field)'" : "request"
        if let row { place += "[\(row)]" }
        if let column { place += ", input '\(column.input.name)'" }
        return InferError(.invalidArgument, "\(place): \(error)")
    }

    func failure(_ message: String) -> JSONError { JSONError(offset: scanner.offset, message: message) }

    var inputs: [TensorMetadata] { profile.signature.inputs }

    // MARK: Predict

    mutating func readPredict() throws(JSONError) {
        var hasValues = false
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if key == "instances" {
                try begin("instances", &hasValues)
                guard scanner.peek() == .array else {
                    throw failure(#"Expected "instances" to be a list, found \#(scanner.peek().name)"#)
                }
                try readList()
            } else if key == "inputs" {
                try begin("inputs", &hasValues)
                cameAsInputs = true
                try readInputs()
            } else if key == "signature_name" {
                try readSignatureName()
            } else {
                try scanner.skipValue()
            }
            field = ""
        }
        try scanner.expectEnd()
        guard hasValues else { throw failure("expected 'instances' or 'inputs', found neither") }
    }

    /// Notes that values begin.
    mutating func begin(_ name: StaticString, _ isSeen: inout Bool) throws(JSONError) {
        guard !isSeen else { throw failure("expected one of 'instances' and 'inputs' once, found '\(name)' again") }
        field = name
        isSeen = true
    }

    mutating func readSignatureName() throws(JSONError) {
        field = "signature_name"
        guard scanner.peek() == .string else { throw scanner.unexpected("a string value") }
        guard signatureName == nil else { throw failure("expected this key once, found it again") }
        let text = try scanner.readText()
        guard text.count <= limits.maxNameByteCount else {
            throw failure("expected at most \(limits.maxNameByteCount) bytes, found \(text.count)")
        }
        signatureName = text.string
    }

    /// `instances`, or `inputs` as a list: rows of named inputs, or the model's only input as one tensor.
    private mutating func readList() throws(JSONError) {
        let mark = scanner.mark
        try scanner.enterArray()
        let isEmpty = try !scanner.nextElement()
        guard !isEmpty || cameAsInputs else { throw failure("expected at least one instance, found an empty list") }
        let isNamed = isEmpty ? false : try beginsNames()
        scanner.reset(to: mark)
        if isNamed { try readRows() } else { try readOnlyInput() }
    }

    private mutating func readInputs() throws(JSONError) {
        switch scanner.peek() {
        case .array: try readList()
        case .object:
            let mark = scanner.mark
            let isNamed = try beginsNames()
            scanner.reset(to: mark)
            if isNamed { try readTensors() } else { try readOnlyInput() }
        default: try readOnlyInput()
        }
    }

    /// Whether what stands next is an object of inputs, and not a value: `{"b64": …}` is one where strings are wanted.
    private mutating func beginsNames() throws(JSONError) -> Bool {
        guard scanner.peek() == .object else { return false }
        guard inputs.count == 1, inputs[0].dataType == .bytes, inputs[0].name != "b64" else { return true }
        try scanner.enterObject()
        guard let key = try scanner.nextKey() else { return true }
        return !(key == "b64")
    }

    /// Values without names are the model's only input.
    private mutating func readOnlyInput() throws(JSONError) {
        guard inputs.count == 1 else {
            throw scanner.unexpected("objects with the model's inputs \(Self.list(inputs.map(\.name)))")
        }
        let only = V1Column(inputs[0])
        columns = [only]
        column = only
        try readValue(into: only)
        column = nil
    }

    /// `inputs` as an object: a whole tensor for each name.
    private mutating func readTensors() throws(JSONError) {
        hasTensors = true
        columns = inputs.map(V1Column.init)
        try scanner.enterObject()
        var next = 0
        while let key = try scanner.nextKey() {
            let index = try place(of: key, guess: next)
            column = columns[index]
            guard columns[index].rows == 0 else { throw failure("expected once, found again") }
            columns[index].rows = 1
            try readValue(into: columns[index])
            column = nil
            next = index + 1
        }
        try checkRows(1)
    }

    // MARK: Values

    /// Reads one value of an input, of any nesting, behind what is there already.
    mutating func readValue(into column: V1Column) throws(JSONError) {
        let before = column.builder.count
        let limit = before + limits.maxExpandedByteCount - expandedByteCount
        if let type = column.elementType {
            try scanner.readNested(type, &column.nesting, into: &column.builder, byteLimit: limit)
        } else {
            try scanner.readNestedStrings(&column.nesting, into: &column.builder, byteLimit: limit)
        }
        expandedByteCount += column.builder.count - before
        guard column.nesting.extents.count <= limits.maxRank else {
            throw failure("expected at most \(limits.maxRank) dimensions")
        }
    }

    /// The column with the name `key`, which is probably at `guess`.
    mutating func place(of key: JSONText, guess: Int) throws(JSONError) -> Int {
        if guess < columns.count, key == columns[guess].input.name { return guess }
        if columns.count <= Self.mostWalkedColumns {
            for (index, column) in columns.enumerated() where key == column.input.name { return index }
        } else {
            if places.count != columns.count {
                let named = columns.enumerated().map { ($0.element.input.name, $0.offset) }
                places = Dictionary(named, uniquingKeysWith: { first, _ in first })
            }
            if let index = places[key.string] { return index }
        }
        throw failure(
            "'\(String(key.string.prefix(64)))' is no input of the model; its inputs are "
                + Self.list(columns.map(\.input.name)))
    }

    /// Checks that every input has so many rows.
    func checkRows(_ count: Int) throws(JSONError) {
        for column in columns where column.rows < count {
            throw failure("input '\(column.input.name)' is missing")
        }
    }

    static func list(_ names: [String]) -> String { "[" + names.map { "'\($0)'" }.joined(separator: ", ") + "]" }
}

extension JSONText {
    static func == (text: JSONText, other: String) -> Bool {
        guard text.count == other.utf8.count else { return false }
        var other = other
        return other.withUTF8 { text.buffer.elementsEqual(UnsafeRawBufferPointer($0)) }
    }
}
