/// Reads the part of the `.proto` language that the services here are written in: proto3 messages, enumerations, *oneofs*,
/// maps and services; no options, extensions or reserved numbers.
package struct ProtobufFileParser {
    package struct Failure: Error, Equatable {
        package let message: String
    }

    private let tokens: [Substring]
    private var index = 0

    /// - Throws: The first thing that is not of the language, with what was expected.
    package static func parse(_ text: String, name: String) throws(Failure) -> ProtobufFile {
        var parser = ProtobufFileParser(text)
        return try parser.file(name)
    }

    private init(_ text: String) {
        var tokens: [Substring] = []
        for line in text.split(separator: "\n") {
            var rest = line[...]
            while let first = rest.first {
                if first == " " || first == "\t" {
                    rest = rest.dropFirst()
                } else if rest.hasPrefix("//") {
                    break
                } else {
                    let isWord = Self.isWord(first)
                    let end =
                        isWord
                        ? rest.firstIndex { !Self.isWord($0) } ?? rest.endIndex : rest.index(after: rest.startIndex)
                    tokens.append(rest[..<end])
                    rest = rest[end...]
                }
            }
        }
        self.tokens = tokens
    }

    /// Quotes are part of a word, so that the name of an import is one token.
    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_./\"".contains(character)
    }

    private mutating func take() throws(Failure) -> String {
        guard index < tokens.count else { throw Failure(message: "the text ends early") }
        defer { index += 1 }
        return String(tokens[index])
    }

    private mutating func take(_ expected: String) throws(Failure) {
        let found = try take()
        guard found == expected else { throw Failure(message: "expected '\(expected)', found '\(found)'") }
    }

    /// Whether `token` comes next; it is then taken.
    private mutating func takes(_ token: String) -> Bool {
        guard index < tokens.count, tokens[index] == token else { return false }
        index += 1
        return true
    }

    private mutating func file(_ name: String) throws(Failure) -> ProtobufFile {
        var file = ProtobufFile(named: name)
        try take("syntax")
        try take("=")
        try take("\"proto3\"")
        try take(";")
        while index < tokens.count {
            switch try take() {
            case "package":
                file.package = try take()
                try take(";")
            case "import":
                file.imports.append(try take().filter { $0 != "\"" })
                try take(";")
            case "message": file.messages.append(try message())
            case "enum": file.enumerations.append(try enumeration())
            case "service": file.services.append(try service())
            case let other: throw Failure(message: "expected a declaration, found '\(other)'")
            }
        }
        return file
    }

    private mutating func message() throws(Failure) -> ProtobufFile.Message {
        var message = ProtobufFile.Message(name: try take())
        try take("{")
        while !takes("}") {
            if takes("message") {
                message.messages.append(try self.message())
            } else if takes("enum") {
                message.enumerations.append(try enumeration())
            } else if takes("oneof") {
                let name = try take()
                try take("{")
                while !takes("}") { message.fields.append(try field(of: name)) }
            } else {
                message.fields.append(try field(of: nil))
            }
        }
        return message
    }

    private mutating func field(of oneof: String?) throws(Failure) -> ProtobufFile.Field {
        let isRepeated = takes("repeated")
        var keyType: String?
        let type: String
        if takes("map") {
            try take("<")
            keyType = try take()
            try take(",")
            type = try take()
            try take(">")
        } else {
            type = try take()
        }
        let name = try take()
        return ProtobufFile.Field(
            name: name, number: try number(), type: type, isRepeated: isRepeated, keyType: keyType, oneof: oneof)
    }

    /// ` = 1;`
    private mutating func number() throws(Failure) -> Int {
        try take("=")
        let text = try take()
        guard let number = Int(text) else { throw Failure(message: "expected a number, found '\(text)'") }
        try take(";")
        return number
    }

    private mutating func enumeration() throws(Failure) -> ProtobufFile.Enumeration {
        var enumeration = ProtobufFile.Enumeration(name: try take())
        try take("{")
        while !takes("}") {
            let name = try take()
            enumeration.values.append((name, try number()))
        }
        return enumeration
    }

    private mutating func service() throws(Failure) -> ProtobufFile.Service {
        var service = ProtobufFile.Service(name: try take())
        try take("{")
        while !takes("}") {
            try take("rpc")
            let name = try take()
            let (request, streamsRequests) = try side()
            try take("returns")
            let (response, streamsResponses) = try side()
            try take(";")
            service.methods.append(
                ProtobufFile.Method(
                    name: name, request: request, response: response, streamsRequests: streamsRequests,
                    streamsResponses: streamsResponses))
        }
        return service
    }

    /// `(stream Type)`
    private mutating func side() throws(Failure) -> (type: String, streams: Bool) {
        try take("(")
        let streams = takes("stream")
        let type = try take()
        try take(")")
        return (type, streams)
    }
}
