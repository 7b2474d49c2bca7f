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
        throw InferError(.unsupported, "not yet")
    }
}
