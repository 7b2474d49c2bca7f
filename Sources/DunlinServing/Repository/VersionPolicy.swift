package import DunlinInference

extension ModelConfiguration.VersionPolicy {
    /// The versions to serve of those that are on disk, ascending.
    ///
    /// - Throws: `.notFound` when none is left, or when a version asked for by number is not there.
    package func wanted(of available: [Int], model: String) throws(InferError) -> [Int] {
        let ascending = available.sorted()
        guard let newest = ascending.last else {
            throw InferError(.notFound, "model '\(model)' has no version directory with a number for a name")
        }
        switch self {
        case .all: return ascending
        case .latest(let count): return count > 0 ? ascending.suffix(count) : [newest]
        case .specific(let versions):
            let missing = versions.filter { !ascending.contains($0) }
            guard missing.isEmpty else {
                throw InferError(
                    .notFound,
                    "model '\(model)' has no version \(missing.map(String.init).joined(separator: ", ")), "
                        + "which its version_policy asks for; it has "
                        + ascending.map(String.init).joined(separator: ", "))
            }
            guard !versions.isEmpty else {
                throw InferError(.invalidArgument, "model '\(model)': version_policy 'specific' lists no version")
            }
            return Array(Set(versions)).sorted()
        }
    }
}

/// The name of a version directory: a decimal number above 0 that does not start with 0.
package enum VersionName {
    /// The number, or `nil` when `name` is no version.
    package static func number(_ name: String) -> Int? {
        guard let first = name.utf8.first, first != UInt8(ascii: "0"), name.utf8.count <= 18,
            name.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(name)
    }
}
