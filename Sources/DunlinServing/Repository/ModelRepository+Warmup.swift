package import DunlinBytes
package import DunlinInference

/// Turns a recorded request into one that can run: the protocols belong to others.
///
/// - Parameters:
///   - hasRawTensors: Whether raw tensors follow the JSON text, as in the binary tensor extension.
package typealias RecordedRequestDecoder =
    @Sendable (
        _ body: Bytes, _ hasRawTensors: Bool, _ model: String, _ version: String
    ) throws(InferError) -> InferRequest

extension ModelRepository {
    /// The directory of warm-up data, in a model's directory or in a version's.
    static let warmupDirectory = "warmup"
    /// Recorded requests of one version.
    static let maxRecordedRequestCount = 1000

    /// A recorded request as it lies on disk.
    struct RecordedRequest {
        /// For messages: `warmup/first.json`.
        var name: String
        var body: Bytes
        /// `*.bin`: raw tensors follow the JSON text; `*.json`: nothing does.
        var hasRawTensors: Bool
    }

    /// The content of a file in the model's directory `warmup`.
    func warmupData(_ name: String, of model: RepositoryModel) throws(InferError) -> Bytes {
        try contents(
            "\(Self.warmupDirectory)/\(name)", of: model, limit: configuration.maxWarmupByteCount,
            what: "model '\(model.name)': input_data_file")
    }

    /// The recorded requests of a version, by name: those in the version's directory `warmup`, or, where it has none,
    /// those in the model's that are not the data of a `model_warmup`.
    func recordedRequests(
        of model: RepositoryModel, version: Int, versionDirectory: String
    ) throws(InferError) -> [RecordedRequest] {
        let own = Self.warmupNames(of: model, brought: "\(version)/", parent: versionDirectory)
        let isOwn = own != nil
        guard let found = own ?? Self.warmupNames(of: model, brought: "", parent: model.directory) else { return [] }
        let data = Set(
            model.configuration.warmup.flatMap(\.inputs).compactMap { input -> String? in
                if case .file(let name) = input.source { name } else { nil }
            })
        let names = found.sorted().filter { name in
            !name.hasPrefix(".") && (name.hasSuffix(".json") || name.hasSuffix(".bin"))
                && (isOwn || !data.contains(name))
        }
        guard names.count <= Self.maxRecordedRequestCount else {
            throw InferError(
                .invalidArgument,
                "model '\(model.name)': \(Self.warmupDirectory) has \(names.count) recorded requests; the limit is "
                    + "\(Self.maxRecordedRequestCount)")
        }
        var requests: [RecordedRequest] = []
        for name in names {
            let relative = "\(Self.warmupDirectory)/\(name)"
            let body: Bytes
            if model.brought != nil {
                body = try contents(
                    isOwn ? "\(version)/\(relative)" : relative, of: model, limit: configuration.maxWarmupByteCount,
                    what: "model '\(model.name)': recorded request")
            } else {
                let path = try file(
                    relative, in: isOwn ? versionDirectory : model.directory, of: "model '\(model.name)'")
                do throws(FileError) {
                    body = try Self.read(path, limit: configuration.maxWarmupByteCount)
                } catch {
                    throw InferError(.invalidArgument, "model '\(model.name)': \(relative): \(error.reason)")
                }
            }
            requests.append(RecordedRequest(name: relative, body: body, hasRawTensors: name.hasSuffix(".bin")))
        }
        return requests
    }

    /// The names of the files in a directory `warmup`; `nil` when there is no such directory.
    ///
    /// - Parameters:
    ///   - prefix: What the paths of brought files have before `warmup`.
    ///   - parent: The directory that has it otherwise.
    private static func warmupNames(
        of model: RepositoryModel, brought prefix: String, parent: String
    ) -> [String]? {
        guard let brought = model.brought else {
            return (try? DirectoryListing("\(parent)/\(warmupDirectory)")).map { Array($0.files.keys) }
        }
        let start = "\(prefix)\(warmupDirectory)/"
        let names = brought.files.keys.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        return names.isEmpty ? nil : names.filter { !$0.contains("/") }
    }
}
