import DunlinBytes
import DunlinInference

extension ModelRepository {
    /// Bytes of one state that a sequence begins with.
    static let maxInitialStateByteCount = 256 << 20

    /// The contents of a file in a model's directory `initial_state`.
    func initialState(_ name: String, of model: RepositoryModel) throws(InferError) -> Bytes {
        let what = "model '\(model.name)': data_file of initial_state"
        let path = try file("initial_state/\(name)", in: model.directory, of: what)
        do throws(FileError) {
            return try Self.read(path, limit: Self.maxInitialStateByteCount)
        } catch {
            throw InferError(.invalidArgument, "\(what): '\(name)': \(error.reason)")
        }
    }
}
