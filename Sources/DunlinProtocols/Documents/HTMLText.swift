import DunlinBytes

/// A page under construction. Every text goes through `text`, which escapes it.
struct HTMLText: ~Copyable {
    private var builder = BytesBuilder(capacity: 8192)

    init(title: String) {
        builder.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        text(title)
        builder.append("</title><style>")
        builder.append(Self.style)
        builder.append("</style></head><body>\n")
    }

    private static let style: StaticString = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2rem .6rem;text-align:left}
        pre{background:#f3f3f3;padding:.8rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
        """

    mutating func open(_ tag: StaticString) {
        builder.append("<")
        builder.append(tag)
        builder.append(">")
    }

    mutating func close(_ tag: StaticString) {
        builder.append("</")
        builder.append(tag)
        builder.append(">\n")
    }

    mutating func element(_ tag: StaticString, _ content: String) {
        open(tag)
        text(content)
        close(tag)
    }

    mutating func row(_ tag: StaticString, _ cells: [String]) {
        open("tr")
        for cell in cells { element(tag, cell) }
        close("tr")
    }

    mutating func code(_ id: StaticString, _ content: String) {
        builder.append("<pre id=\"")
        builder.append(id)
        builder.append("\">")
        text(content)
        builder.append("</pre>\n")
    }

    mutating func link(_ target: String, _ content: String) {
        builder.append("<a href=\"")
        text(target)
        builder.append("\">")
        text(content)
        builder.append("</a>")
    }

    /// Names of models and tensors come from files that others made.
    mutating func text(_ content: String) {
        for byte in content.utf8 {
            switch byte {
            case UInt8(ascii: "<"): builder.append("&lt;")
            case UInt8(ascii: ">"): builder.append("&gt;")
            case UInt8(ascii: "&"): builder.append("&amp;")
            case UInt8(ascii: "\""): builder.append("&quot;")
            case UInt8(ascii: "'"): builder.append("&#39;")
            default: builder.append(byte)
            }
        }
    }

    mutating func finish() -> Bytes {
        builder.append("</body></html>\n")
        return builder.finish()
    }
}
