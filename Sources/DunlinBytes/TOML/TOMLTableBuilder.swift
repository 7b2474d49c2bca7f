/// A table while the file is read: knows how it came to be, because that decides who may add to it.
final class TOMLTableBuilder {
    /// `implicit`: a parent of a header. `header`: named by one. `dotted`: made by a dotted key.
    enum Origin { case implicit, header, dotted }

    private enum Member {
        case value(TOMLValue)
        case table(TOMLTableBuilder)
        /// `[[name]]`: never empty.
        case tables([TOMLTableBuilder])
    }

    private var origin: Origin
    private var members: [(key: String, line: Int, member: Member)] = []
    private var indices: [String: Int] = [:]

    init(_ origin: Origin) { self.origin = origin }

    /// What was read, as a value.
    var table: TOMLTable {
        var table = TOMLTable()
        table.entries = members.map { key, line, member in
            let value: TOMLValue =
                switch member {
                case .value(let value): value
                case .table(let builder): .table(builder.table)
                case .tables(let builders): .array(builders.map { .table($0.table) })
                }
            return .init(key: key, line: line, value: value)
        }
        return table
    }

    /// The table `key` on the way to a header's last part; made if there is none.
    func opened(_ key: String, line: Int) throws(TextFormatError) -> TOMLTableBuilder {
        guard let index = indices[key] else { return add(.implicit, key, line) }
        switch members[index].member {
        case .table(let table): return table
        case .tables(let tables): return tables[tables.count - 1]
        case .value: throw redefinition(of: key, at: index, line: line)
        }
    }

    /// The table of `[key]`.
    func defined(_ key: String, line: Int) throws(TextFormatError) -> TOMLTableBuilder {
        guard let index = indices[key] else { return add(.header, key, line) }
        guard case .table(let table) = members[index].member, table.origin == .implicit else {
            throw redefinition(of: key, at: index, line: line)
        }
        table.origin = .header
        return table
    }

    /// A new table of `[[key]]`.
    func appended(_ key: String, line: Int) throws(TextFormatError) -> TOMLTableBuilder {
        let table = TOMLTableBuilder(.header)
        guard let index = indices[key] else {
            add(.tables([table]), key, line)
            return table
        }
        guard case .tables(var tables) = members[index].member else {
            throw redefinition(of: key, at: index, line: line)
        }
        // Emptied first, so that appending does not copy the array.
        members[index].member = .tables([])
        tables.append(table)
        members[index].member = .tables(tables)
        return table
    }

    /// The table `key` on the way to a dotted key's last part; made if there is none.
    func dotted(_ key: String, line: Int) throws(TextFormatError) -> TOMLTableBuilder {
        guard let index = indices[key] else { return add(.dotted, key, line) }
        guard case .table(let table) = members[index].member, table.origin == .dotted else {
            throw redefinition(of: key, at: index, line: line)
        }
        return table
    }

    func insert(_ value: TOMLValue, for key: String, line: Int) throws(TextFormatError) {
        if let index = indices[key] { throw redefinition(of: key, at: index, line: line) }
        add(.value(value), key, line)
    }

    private func add(_ origin: Origin, _ key: String, _ line: Int) -> TOMLTableBuilder {
        let table = TOMLTableBuilder(origin)
        add(.table(table), key, line)
        return table
    }

    private func add(_ member: Member, _ key: String, _ line: Int) {
        indices[key] = members.count
        members.append((key, line, member))
    }

    private func redefinition(of key: String, at index: Int, line: Int) -> TextFormatError {
        TextFormatError(line: line, "'\(key)' is already defined on line \(members[index].line)")
    }
}
