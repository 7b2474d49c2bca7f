import DunlinInference

/// One model's directory as it was found on disk.
struct RepositoryModel: Sendable {
    var name: String
    /// The directory, with symbolic links resolved.
    var directory: String
    /// Version numbers, ascending.
    var versions: [Int]
    var file: ModelConfigurationFile
    /// Class names by output.
    var labels: [String: [String]]
    /// The files beside the version directories, and those in the directory `warmup`.
    var stamps: [String: FileStamp]
    /// Where the load request brought the files; `nil`: they lie in `directory`.
    var brought: BroughtFiles?

    var configuration: ModelConfiguration { file.configuration }
}
