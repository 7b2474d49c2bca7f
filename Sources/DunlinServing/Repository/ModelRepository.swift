import DunlinBytes
import DunlinInference
import Glibc

/// The directory tree that models are loaded from.
///
///     <repository>/<model>/config.pbtxt            Triton's or AMD's vocabulary; or one *.toml or *.pbtxt; or none
///     <repository>/<model>/<labels>                named by an output's label_filename
///     <repository>/<model>/warmup/*                data of model_warmup, recorded requests
///     <repository>/<model>/<version>/model.onnx    version: a decimal number that does not start with 0
///     <repository>/<model>/<version>/warmup/*      recorded requests of this version
///
/// Symbolic links are followed as long as they stay inside the repository. Nothing is cached: each call looks at the
/// disk.
struct ModelRepository: Sendable {
    let path: String
    let configuration: ServingConfiguration

    init(path: String, configuration: ServingConfiguration) {
        self.path = path
        self.configuration = configuration
    }

    /// The directories that are models, by name: those with a version or a configuration in them. Hidden ones are
    /// left out.
    func modelNames() throws(InferError) -> [String] {
        let root = try resolvedRoot()
        var names: [String] = []
        for name in try listing(root, of: "the model repository").directories
        where !name.hasPrefix(".") && ModelName.problem(name) == nil {
            guard let entries = try? DirectoryListing("\(root)/\(name)") else {
                names.append(name)
                continue
            }
            let isModel =
                entries.directories.contains { VersionName.number($0) != nil }
                || !Self.configurationNames(entries.files).isEmpty
            if isModel { names.append(name) }
        }
        guard names.count <= configuration.maxModelCount else {
            throw InferError(
                .resourceExhausted,
                "the model repository has \(names.count) models; the limit is \(configuration.maxModelCount)")
        }
        return names
    }

    /// Whether there is a directory of this name.
    func contains(_ name: String) -> Bool {
        ModelName.problem(name) == nil && Self.isDirectory("\(path)/\(name)")
    }

    /// Reads a model's configuration, labels and version numbers.
    ///
    /// - Parameters:
    ///   - override: The JSON form of a configuration that stands for the model's file.
    ///   - brought: Files that stand for the model's whole directory, which need not exist then.
    /// - Throws: `.notFound` when there is no such directory; `.invalidArgument` that names the file and what is wrong.
    func model(
        _ name: String, override: String? = nil, brought: BroughtFiles? = nil
    ) throws(InferError) -> RepositoryModel {
        try ModelName.check(name)
        if let override, override.utf8.count > configuration.maxConfigurationByteCount {
            throw InferError(
                .invalidArgument,
                "model '\(name)': parameter 'config' has \(override.utf8.count) bytes; the limit is "
                    + "\(configuration.maxConfigurationByteCount)")
        }
        if let brought, !brought.isEmpty { return try model(name, override: override, brought) }
        let root = try resolvedRoot()
        guard let directory = Self.realPath("\(root)/\(name)") else { throw .modelNotFound(name) }
        try checkInside(root, directory, of: "model '\(name)'")
        guard Self.isDirectory(directory) else { throw .modelNotFound(name) }
        let entries = try listing(directory, of: "model '\(name)'")
        let versions = entries.directories.compactMap(VersionName.number).sorted()
        guard versions.count <= configuration.maxVersionCount else {
            throw InferError(
                .resourceExhausted,
                "model '\(name)' has \(versions.count) versions; the limit is \(configuration.maxVersionCount)")
        }
        let file =
            if let override {
                try configuration(of: name, parsing: override)
            } else {
                try configurationFile(of: name, directory: directory, files: entries.files)
            }
        var stamps = entries.files
        for (file, stamp) in (try? DirectoryListing("\(directory)/\(Self.warmupDirectory)"))?.files ?? [:] {
            stamps["\(Self.warmupDirectory)/\(file)"] = stamp
        }
        return RepositoryModel(
            name: name, directory: directory, versions: versions, file: file,
            labels: try labels(of: name, file.configuration, root: root, directory: directory), stamps: stamps)
    }

    /// A version's directory and the files in it.
    func version(
        _ version: Int, of model: RepositoryModel
    ) throws(InferError) -> (directory: String, files: [String: FileStamp]) {
        if let brought = model.brought { return ("", brought.version(version).mapValues(FileStamp.init(contents:))) }
        let what = "version \(version) of model '\(model.name)'"
        guard let directory = Self.realPath("\(model.directory)/\(version)") else {
            throw .versionNotFound(model.name, version: String(version))
        }
        try checkInside(try resolvedRoot(), directory, of: what)
        return (directory, try listing(directory, of: what).files)
    }

    /// The path of the model file in a version directory: the configured name, or the backend's usual one, or the only
    /// file with the same extension.
    ///
    /// - Parameter directory: `nil` where the files are not on the disk: the name alone is given then.
    func modelFile(
        configured: String, usual: String, in directory: String?, files: [String: FileStamp], of model: String
    ) throws(InferError) -> String {
        var name = configured.isEmpty ? usual : configured
        if let problem = ModelName.problem(name) {
            throw InferError(.invalidArgument, "model '\(model)': default_model_filename '\(name)': \(problem)")
        }
        if files[name] == nil, configured.isEmpty, let dot = usual.lastIndex(of: ".") {
            let alike = files.keys.filter { $0.hasSuffix(usual[dot...]) }
            if alike.count == 1 { name = alike[0] }
        }
        guard files[name] != nil else {
            throw InferError(.notFound, "model '\(model)': there is no file '\(name)' in its version directory")
        }
        guard let directory else { return name }
        return try file(name, in: directory, of: "model '\(model)'")
    }

    /// A file named by a path relative to the repository, or by an absolute path inside it.
    func file(atPath path: String) throws(InferError) -> String {
        let root = try resolvedRoot()
        guard !path.isEmpty, !path.utf8.contains(0), path.utf8.count < Int(PATH_MAX) else {
            throw InferError(.invalidArgument, "model path '\(path)' is not a path")
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: true)
        guard !components.contains("..") else {
            throw InferError(.invalidArgument, "model path '\(path)' must not contain path traversal characters")
        }
        guard let resolved = Self.realPath(path.hasPrefix("/") ? path : "\(root)/\(path)") else {
            throw InferError(.notFound, "model path '\(path)': there is no such file in the model repository")
        }
        try checkInside(root, resolved, of: "model path '\(path)'")
        return resolved
    }

    // MARK: Configuration and labels

    private func configurationFile(
        of model: String, directory: String, files: [String: FileStamp]
    ) throws(InferError) -> ModelConfigurationFile {
        let names = Self.configurationNames(files)
        guard let name = names.first else { return ModelConfigurationFile() }
        guard names.count == 1 else {
            throw InferError(
                .invalidArgument,
                "model '\(model)' has more than one configuration file: \(names.joined(separator: ", "))")
        }
        let path = try file(name, in: directory, of: "model '\(model)'")
        let bytes: Bytes
        do throws(FileError) {
            bytes = try Self.read(path, limit: configuration.maxConfigurationByteCount)
        } catch {
            throw InferError(.invalidArgument, "model '\(model)': \(name): \(error.reason)")
        }
        return try configuration(of: model, named: name) { () throws(TextFormatError) in
            try ModelConfigurationFile(parsing: bytes, isTOML: name.hasSuffix(".toml"))
        }
    }

    func configuration(of model: String, parsing text: String) throws(InferError) -> ModelConfigurationFile {
        try configuration(of: model, named: "parameter 'config'") { () throws(TextFormatError) in
            try ModelConfigurationFile(parsingJSON: text)
        }
    }

    private func configuration(
        of model: String, named name: String, _ read: () throws(TextFormatError) -> ModelConfigurationFile
    ) throws(InferError) -> ModelConfigurationFile {
        let file: ModelConfigurationFile
        do throws(TextFormatError) {
            file = try read()
        } catch {
            throw InferError(.invalidArgument, "model '\(model)': \(name): \(error)")
        }
        let given = file.configuration.name
        guard given.isEmpty || given == model else {
            throw InferError(
                .invalidArgument, "model '\(model)': \(name): name is '\(given)'; it must equal the directory's name")
        }
        return file
    }

    /// `config.pbtxt` alone when it is there; else every `*.toml`; else every `*.pbtxt`.
    private static func configurationNames(_ files: [String: FileStamp]) -> [String] {
        if files["config.pbtxt"] != nil { return ["config.pbtxt"] }
        let visible = files.keys.filter { !$0.hasPrefix(".") }.sorted()
        let toml = visible.filter { $0.hasSuffix(".toml") }
        return toml.isEmpty ? visible.filter { $0.hasSuffix(".pbtxt") } : toml
    }

    private func labels(
        of model: String, _ configuration: ModelConfiguration, root: String, directory: String
    ) throws(InferError) -> [String: [String]] {
        var labels: [String: [String]] = [:]
        for output in configuration.outputs where !output.labelFilename.isEmpty {
            let what = "model '\(model)': label_filename of output '\(output.name)'"
            let path = try file(output.labelFilename, in: directory, of: what)
            do {
                let text = try Self.read(path, limit: self.configuration.maxLabelByteCount).string
                labels[output.name] = Self.lines(text)
            } catch {
                throw InferError(.invalidArgument, "\(what): \(error.reason)")
            }
        }
        return labels
    }

    /// One label a line; the last line may lack its newline.
    static func lines(_ text: String) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    // MARK: Paths

    /// A file inside `directory` by a name that may have several components, none of which leads out.
    func file(_ name: String, in directory: String, of what: String) throws(InferError) -> String {
        let components = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !components.contains(where: { ModelName.problem(String($0)) != nil }) else {
            throw InferError(.invalidArgument, "\(what): '\(name)' must not contain path traversal characters")
        }
        guard let path = Self.realPath("\(directory)/\(name)") else {
            throw InferError(.notFound, "\(what): there is no file '\(name)'")
        }
        try checkInside(try resolvedRoot(), path, of: "\(what): '\(name)'")
        return path
    }

    private func resolvedRoot() throws(InferError) -> String {
        guard let root = Self.realPath(path), Self.isDirectory(root) else {
            throw InferError(.notFound, "the model repository '\(path)' is not a directory")
        }
        return root
    }

    private func checkInside(_ root: String, _ path: String, of what: String) throws(InferError) {
        guard path.hasPrefix(root == "/" ? root : root + "/") else {
            throw InferError(.invalidArgument, "\(what) leads out of the model repository")
        }
    }

    private func listing(_ path: String, of what: String) throws(InferError) -> DirectoryListing {
        do {
            return try DirectoryListing(path)
        } catch {
            throw InferError(.unavailable, "\(what) cannot be read: \(error.reason)")
        }
    }

    /// A copy of a small file. Configuration is read, not mapped: a file that shrinks while it is mapped would end the
    /// process.
    static func read(_ path: String, limit: Int) throws(FileError) -> Bytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var builder = BytesBuilder()
        while true {
            var received = 0
            builder.withSpace(16 << 10) { space in
                received = Glibc.read(descriptor, space, 16 << 10)
                return Swift.max(received, 0)
            }
            if received < 0 { throw .system(path) }
            if received == 0 { return builder.finish() }
            guard builder.count <= limit else {
                throw FileError(path: path, reason: "the file is larger than the limit of \(limit) bytes")
            }
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
