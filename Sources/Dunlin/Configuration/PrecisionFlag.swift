package import DunlinInference

/// The flag `--precision` of the commands that load one model.
package enum PrecisionFlag {
    package static let usual = Precision.fp32

    package static func value(_ text: String) -> Precision? { Precision(rawValue: text) }

    package static func problem(_ text: String) -> String {
        "--precision is '\(text)'; it must be one of " + Precision.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
