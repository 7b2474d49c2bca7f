import DunlinBytes
import DunlinInference

extension ModelRepository {
    /// Bytes of one state that a sequence begins with.
    static let maxInitialStateByteCount = 256 << 20

    /// The contents of a file in a model's directory `initial_state`.
    func initialState(_ name: String, of model: RepositoryModel) throws(InferError) -> Bytes {
        try contents(
            "initial_state/\(name)", of: model, limit: Self.maxInitialStateByteCount,
            what: "model '\(model.name)': data_file of initial_state")
    }
}
