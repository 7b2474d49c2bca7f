package import DunlinBytes
package import DunlinInference

/// A question to `POST /v2/hardware`: are there `count` of the accelerator called `name`?
package struct HardwareRequest: Sendable, Equatable {
    package var name = ""
    package var count = 1

    package init(name: String = "", count: Int = 1) {
        self.name = name
        self.count = count
    }
}

extension V2MetadataCodec {
    /// Reads the body of `POST /v2/hardware`: `{"name":…,"num":…}`, both optional.
    package static func decodeHardware(_ body: Bytes) throws(InferError) -> HardwareRequest {
        let object = try V2Object(body, of: "hardware request", isOptional: false)
        var request = HardwareRequest()
        switch object["name"] {
        case nil: break
        case .string(let name)?: request.name = name
        case let other?: throw object.unexpected(other, at: "name", expected: "a string")
        }
        switch object["num"] {
        case nil: break
        case .int(let count)? where count >= 0: request.count = Int(clamping: count)
        case let other?: throw object.unexpected(other, at: "num", expected: "an integer of at least 0")
        }
        return request
    }
}
