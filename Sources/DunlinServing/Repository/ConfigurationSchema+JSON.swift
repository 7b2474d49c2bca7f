import DunlinBytes

/// What protobuf's JSON form allows beside the names and numbers of `config.pbtxt`.
extension ConfigurationSchema {
    /// The message with integers where fields of that kind hold them as text, as protobuf spells 64-bit integers.
    func readingNumbers(_ message: ProtobufTextMessage) -> ProtobufTextMessage {
        var read = message
        for index in read.fields.indices {
            guard let field = fields[read.fields[index].name] else { continue }
            switch (field.kind, read.fields[index].value) {
            case (.integer, .string(let text)):
                if let number = Int64(text) { read.fields[index].value = .integer(number) }
            case (.message(let schema), .message(let inner)):
                read.fields[index].value = .message(schema.readingNumbers(inner))
            default: break
            }
        }
        return read
    }

    /// `max_batch_size` for `maxBatchSize`; names that have no capital letter stay as they are.
    static func protobufName(_ name: String) -> String {
        var snake = ""
        for scalar in name.unicodeScalars {
            if ("A"..."Z").contains(scalar) {
                snake += "_"
                snake.unicodeScalars.append(Unicode.Scalar(scalar.value + 32)!)
            } else {
                snake.unicodeScalars.append(scalar)
            }
        }
        return snake
    }
}
