import DunlinBytes
import DunlinInference
import DunlinTensor

extension V1RequestReader {
    /// A list of objects, each with a value for every input.
    mutating func readRows() throws(JSONError) {
        var count = 0
        try scanner.enterArray()
        while try scanner.nextElement() {
            row = count
            if count == 0 { try makeColumns() }
            try readRow(count)
            try checkRows(count + 1)
            count += 1
        }
        row = nil
        rows = count
    }

    /// A column for each of the model's inputs; or for each column of its only input, where the configuration names them
    /// and the first row does so too.
    mutating func makeColumns() throws(JSONError) {
        columns = inputs.map(V1Column.init)
        guard !profile.columns.isEmpty else { return }
        let mark = scanner.mark
        try scanner.enterObject()
        let isInput = try scanner.nextKey().map { $0 == inputs[0].name } ?? false
        scanner.reset(to: mark)
        if isInput { return }
        isByColumn = true
        columns = profile.columns.map { name in
            V1Column(TensorMetadata(name: name, dataType: inputs[0].dataType, shape: [-1]))
        }
    }

    private mutating func readRow(_ index: Int) throws(JSONError) {
        try scanner.enterObject()
        var count = 0
        while let key = try scanner.nextKey() {
            let place = try place(of: key, guess: count < order.count ? order[count] : count)
            column = columns[place]
            guard columns[place].rows == index else { throw failure("expected once, found again") }
            try readValue(into: columns[place])
            columns[place].rows += 1
            column = nil
            if index == 0 { order.append(place) }
            count += 1
        }
    }

    // MARK: Examples

    /// The body of `:classify` and `:regress`: `examples`, a list of objects of features, and `context`, features that all
    /// of them have. A feature is the input of its name.
    mutating func readExamples() throws(JSONError) {
        var examples: JSONScanner.Mark?
        var context: JSONScanner.Mark?
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if key == "examples" {
                guard examples == nil else { throw failure("expected 'examples' once, found it again") }
                field = "examples"
                guard scanner.peek() == .array else { throw scanner.unexpected("a list of examples") }
                examples = scanner.mark
                try scanner.skipValue()
            } else if key == "context" {
                guard context == nil else { throw failure("expected 'context' once, found it again") }
                field = "context"
                guard scanner.peek() == .object else { throw scanner.unexpected("an object of features") }
                context = scanner.mark
                try scanner.skipValue()
            } else if key == "signature_name" {
                try readSignatureName()
            } else {
                try scanner.skipValue()
            }
            field = ""
        }
        try scanner.expectEnd()
        guard let examples else { throw failure("expected 'examples', a list of objects of features; found none") }
        field = "examples"
        scanner.reset(to: examples)
        try makeExampleColumns(context)
        var shared: [V1Column] = []
        if let context {
            field = "context"
            scanner.reset(to: context)
            shared = try readContext()
        }
        field = "examples"
        scanner.reset(to: examples)
        try readExamples(beside: shared)
    }

    /// Columns as the first example, or the context when that is empty, names them.
    private mutating func makeExampleColumns(_ context: JSONScanner.Mark?) throws(JSONError) {
        try scanner.enterArray()
        guard try scanner.nextElement() else { throw failure("expected at least one example, found an empty list") }
        row = 0
        let mark = scanner.mark
        try scanner.enterObject()
        let isEmpty = try scanner.nextKey() == nil
        scanner.reset(to: isEmpty ? context ?? mark : mark)
        try makeColumns()
        row = nil
    }

    private mutating func readContext() throws(JSONError) -> [V1Column] {
        let own = columns
        columns = own.map { V1Column($0.input) }
        var next = 0
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let index = try place(of: key, guess: next)
            next = index + 1
            column = columns[index]
            guard columns[index].rows == 0 else { throw failure("expected once, found again") }
            try readFeature(into: columns[index])
            columns[index].rows = 1
            column = nil
        }
        let shared = columns
        columns = own
        return shared
    }

    private mutating func readExamples(beside shared: [V1Column]) throws(JSONError) {
        var count = 0
        try scanner.enterArray()
        while try scanner.nextElement() {
            row = count
            var next = 0
            try scanner.enterObject()
            while let key = try scanner.nextKey() {
                let index = try place(of: key, guess: next)
                next = index + 1
                column = columns[index]
                guard columns[index].rows == count else { throw failure("expected once, found again") }
                try readFeature(into: columns[index])
                columns[index].rows += 1
                column = nil
            }
            for (index, own) in columns.enumerated() where own.rows == count {
                guard index < shared.count, shared[index].rows == 1 else { continue }
                column = own
                let before = own.builder.count
                let limit = before + limits.maxExpandedByteCount - expandedByteCount
                if let problem = own.appendRow(of: shared[index], byteLimit: limit) { throw failure(problem) }
                expandedByteCount += own.builder.count - before
                column = nil
            }
            try checkRows(count + 1)
            count += 1
        }
        row = nil
        rows = count
    }

    /// A feature: a value or a list. True and false are 1 and 0 where integers are wanted.
    private mutating func readFeature(into column: V1Column) throws(JSONError) {
        guard let size = column.input.dataType.byteCount, !column.input.dataType.isFloatingPoint,
            column.input.dataType != .bool, try isBool()
        else { return try readValue(into: column) }
        var flags = BytesBuilder()
        let limit = limits.maxExpandedByteCount - expandedByteCount
        try scanner.readNested(.bool, &column.nesting, into: &flags, byteLimit: limit / size)
        expandedByteCount += flags.count * size
        flags.withUnsafeBytes { bytes in
            for byte in bytes {
                column.builder.append(byte)
                for _ in 1..<size { column.builder.append(0 as UInt8) }
            }
        }
    }

    private mutating func isBool() throws(JSONError) -> Bool {
        let mark = scanner.mark
        defer { scanner.reset(to: mark) }
        guard scanner.peek() == .array else { return scanner.peek() == .bool }
        try scanner.enterArray()
        return try scanner.nextElement() && scanner.peek() == .bool
    }
}
