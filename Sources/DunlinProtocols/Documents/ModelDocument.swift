package import DunlinInference

/// What is said about one loaded model to people who want to call it: as a page, and as an OpenAPI document.
///
/// Pure: everything comes from the model's signature, nothing from the server it runs on but its address.
package struct ModelDocument: Sendable {
    package var metadata: ModelMetadata
    /// The version that the document is about; `nil`: whichever the server chooses.
    package var version: String?
    /// `host:port` as clients write it.
    package var authority: String
    package var example: ModelExample

    /// - Parameters:
    ///   - isSequence: Whether its requests belong to sequences.
    ///   - isVariadic: Whether it takes any inputs.
    package init(
        _ metadata: ModelMetadata, version: String?, authority: String, isSequence: Bool = false,
        isVariadic: Bool = false
    ) {
        self.metadata = metadata
        self.version = version
        self.authority = authority
        example = ModelExample(metadata.inputs, isSequence: isSequence, isVariadic: isVariadic)
    }

    /// `/v2/models/iris`, or with its version.
    var path: String {
        "/v2/models/" + PathText.segment(metadata.name) + (version.map { "/versions/" + PathText.segment($0) } ?? "")
    }

    package var inferPath: String { path + "/infer" }

    var title: String { metadata.name + (version.map { ", version \($0)" } ?? "") }
}

/// Names in paths.
enum PathText {
    /// With everything escaped but letters, digits and `-._~`, so that it is one segment, and needs no quoting in a shell,
    /// in Python, in HTML or in JSON.
    static func segment(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}
