package import DunlinBytes

/// The form in which one answer of several travels in a `text/event-stream`.
package enum ServerSentEvents {
    /// `data: {json}` and a blank line. JSON as it is written here has no line ends of its own.
    package static func event(_ json: Bytes) -> Bytes {
        var builder = BytesBuilder(capacity: json.count + 8)
        builder.append("data: ")
        builder.append(json)
        builder.append("\n\n")
        return builder.finish()
    }
}
