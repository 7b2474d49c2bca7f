package import DunlinBytes

/// Traces as Triton writes them into its trace file, which `trace_summary.py` and others read:
///
///     {"id":1,"model_name":"iris","model_version":1,"request_id":"a","timestamps":[{"name":"REQUEST_START","ns":5}]}
///
/// with a `parent_id` where a request was served by others, as an ensemble's is.
package enum TraceText {
    /// The records of one trace, with commas between them: elements of the array that a file is.
    package static func elements(_ trace: Trace) -> Bytes {
        var builder = BytesBuilder(capacity: 1024)
        for (index, record) in trace.records.enumerated() {
            if index > 0 { builder.append(",\n") }
            builder.append(element(record, requestID: trace.requestID))
        }
        return builder.finish()
    }

    private static func element(_ record: Trace.Record, requestID: String?) -> Bytes {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.key("id")
        writer.value(Int64(clamping: record.id))
        writer.key("model_name")
        writer.value(record.model)
        writer.key("model_version")
        if let number = Int64(record.version) { writer.value(number) } else { writer.value(record.version) }
        if let requestID, !requestID.isEmpty {
            writer.key("request_id")
            writer.value(requestID)
        }
        if record.parentID != 0 {
            writer.key("parent_id")
            writer.value(Int64(clamping: record.parentID))
        }
        writer.key("timestamps")
        writer.beginArray()
        for event in record.events {
            writer.beginObject()
            writer.key("name")
            writer.value(event.name.rawValue)
            writer.key("ns")
            writer.value(Int64(clamping: event.nanoseconds))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }
}
