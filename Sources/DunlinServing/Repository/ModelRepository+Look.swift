import DunlinBytes
import DunlinInference

extension ModelRepository {
    /// Levels of directories below a model's own that are looked at.
    static let maxLookDepth = 8

    /// A look at the whole repository.
    struct Looks {
        /// By model.
        var models: [String: RepositoryWatch.Look] = [:]
        /// Every directory that was read, the repository's own first.
        var directories: [String] = []
    }

    /// Sizes and times of all files of all models. Reads no file, but the configurations of models without a file in any
    /// version: an ensemble needs none.
    ///
    /// - Throws: When the repository itself cannot be read; then nothing can be said about any model.
    func look() throws(InferError) -> Looks {
        var looks = Looks()
        let names = try modelNames()
        looks.directories.append(path)
        for name in names { looks.models[name] = look(at: name, &looks.directories) }
        // Directories that are no models yet may become some.
        let others = (try? DirectoryListing(path).directories) ?? []
        for name in others where looks.models[name] == nil && !name.hasPrefix(".") {
            looks.directories.append("\(path)/\(name)")
        }
        return looks
    }

    /// Whether there is a version, and a configuration that makes it an ensemble.
    private func isEnsemble(_ name: String, _ tree: FileTree) -> Bool {
        let hasVersion = tree.directories.contains { directory in
            let components = directory.dropFirst(path.count + name.count + 2).split(separator: "/")
            return components.count == 1 && VersionName.number(String(components[0])) != nil
        }
        guard hasVersion, let model = try? model(name) else { return false }
        return model.configuration.ensembleSteps != nil
    }

    private func look(at name: String, _ directories: inout [String]) -> RepositoryWatch.Look {
        do throws(FileError) {
            let tree = try FileTree("\(path)/\(name)", maxDepth: Self.maxLookDepth)
            directories += tree.directories
            let isComplete = tree.files.keys.contains { file in
                let components = file.split(separator: "/", maxSplits: 1)
                return components.count == 2 && VersionName.number(String(components[0])) != nil
            }
            return .files(tree.files, isComplete: isComplete || isEnsemble(name, tree))
        } catch {
            return .unreadable
        }
    }
}
