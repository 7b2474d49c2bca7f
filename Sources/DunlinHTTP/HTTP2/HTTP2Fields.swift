#if GRPC
    import CNghttp2
    import DunlinBytes

    /// Header fields on their way to nghttp2, which copies and compresses them: one block of text and where its parts lie.
    /// Used again for each answer.
    struct HTTP2Fields: ~Copyable {
        private var text = BytesBuilder(capacity: 512)
        private var parts: [(nameEnd: Int, valueEnd: Int)] = []
        private var vector: [nghttp2_nv] = []

        /// The fields of an answer's head.
        ///
        /// - Parameter contentLength: `nil` when it is not said.
        mutating func setHead(_ response: HTTPResponse, contentLength: Int?) {
            removeAll()
            precondition((200...599).contains(response.status), "response status \(response.status)")
            text.append(":status")
            endName()
            ResponseHead.append(decimal: response.status, to: &text)
            endValue()
            if let contentType = response.contentType { add("content-type", contentType.value) }
            for field in response.headers { add(field.name, field.value) }
            switch response.coding {
            case nil: break
            case .identity?: add("vary", "accept-encoding")
            case .deflate?:
                add("content-encoding", "deflate")
                add("vary", "accept-encoding")
            case .gzip?:
                add("content-encoding", "gzip")
                add("vary", "accept-encoding")
            }
            if let contentLength {
                text.append("content-length")
                endName()
                ResponseHead.append(decimal: contentLength, to: &text)
                endValue()
            }
        }

        mutating func setStatus(_ status: Int) {
            removeAll()
            text.append(":status")
            endName()
            ResponseHead.append(decimal: status, to: &text)
            endValue()
        }

        mutating func setTrailers(_ trailers: [(name: String, value: String)]) {
            removeAll()
            for field in trailers { add(field.name, field.value) }
        }

        /// The fields as nghttp2 takes them; valid for the call only. Names become lower case there.
        mutating func withVector<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
            text.withUnsafeBytes { bytes in
                vector.removeAll(keepingCapacity: true)
                var start = 0
                for part in parts {
                    let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
                    vector.append(
                        nghttp2_nv(
                            name: (base + start).assumingMemoryBound(to: UInt8.self),
                            value: (base + part.nameEnd).assumingMemoryBound(to: UInt8.self),
                            namelen: part.nameEnd - start, valuelen: part.valueEnd - part.nameEnd,
                            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
                    start = part.valueEnd
                }
                return vector.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
            }
        }

        private mutating func removeAll() {
            text.removeAll()
            parts.removeAll(keepingCapacity: true)
        }

        private mutating func endName() { parts.append((text.count, 0)) }
        private mutating func endValue() { parts[parts.count - 1].valueEnd = text.count }

        private mutating func add(_ name: StaticString, _ value: StaticString) {
            text.append(name)
            endName()
            text.append(value)
            endValue()
        }

        /// A line break in a value would be an error for the client, so it becomes a blank, as over HTTP/1; a name that is no
        /// token is a programmer error.
        private mutating func add(_ name: String, _ value: String) {
            precondition(
                !name.isEmpty && name.utf8.allSatisfy { ByteClass.isToken($0) }, "response field name '\(name)'")
            text.append(utf8: name)
            endName()
            if value.utf8.allSatisfy({ ByteClass.isFieldContent($0) }) {
                text.append(utf8: value)
            } else {
                for byte in value.utf8 { text.append(ByteClass.isFieldContent(byte) ? byte : 0x20) }
            }
            endValue()
        }
    }
#endif
