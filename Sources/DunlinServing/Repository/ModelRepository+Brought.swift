import DunlinBytes
import DunlinInference

/// Models whose files a load request brought along.
extension ModelRepository {
    /// A model of such files and the configuration that came with them.
    ///
    /// - Throws: `.invalidArgument` when there is no configuration, or a file it names is missing.
    func model(
        _ name: String, override: String?, _ brought: BroughtFiles
    ) throws(InferError) -> RepositoryModel {
        guard let override else {
            throw InferError(
                .invalidArgument,
                "model '\(name)': load parameters 'file:…' stand for the whole model and need the parameter 'config'")
        }
        let versions = brought.versions
        guard versions.count <= configuration.maxVersionCount else {
            throw InferError(
                .resourceExhausted,
                "model '\(name)' has \(versions.count) versions; the limit is \(configuration.maxVersionCount)")
        }
        var model = RepositoryModel(
            name: name, directory: "", versions: versions, file: try configuration(of: name, parsing: override),
            labels: [:], stamps: brought.stamps, brought: brought)
        for output in model.configuration.outputs where !output.labelFilename.isEmpty {
            let text = try contents(
                output.labelFilename, of: model, limit: configuration.maxLabelByteCount,
                what: "model '\(name)': label_filename of output '\(output.name)'"
            ).string
            model.labels[output.name] = Self.lines(text)
        }
        return model
    }

    /// A copy of a small file below a model's directory.
    ///
    /// - Parameters:
    ///   - path: May have several components, none of which leads out.
    ///   - what: What names the file, for messages.
    func contents(
        _ path: String, of model: RepositoryModel, limit: Int, what: String
    ) throws(InferError) -> Bytes {
        if let brought = model.brought {
            guard let bytes = brought.files[path] else {
                throw InferError(.notFound, "\(what): there is no file '\(path)' in the load request")
            }
            guard bytes.count <= limit else {
                throw InferError(
                    .invalidArgument, "\(what) '\(path)': the file is larger than the limit of \(limit) bytes")
            }
            return bytes
        }
        let file = try file(path, in: model.directory, of: what)
        do throws(FileError) {
            return try Self.read(file, limit: limit)
        } catch {
            throw InferError(.invalidArgument, "\(what) '\(path)': \(error.reason)")
        }
    }
}
