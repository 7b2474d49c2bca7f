public import DunlinBytes

extension ModelSource {
    /// The model file: what the load request brought, or the file, read.
    ///
    /// - Throws: `.notFound` with the reason.
    public func contents() throws(InferError) -> Bytes {
        if let files {
            guard let bytes = files[path] else {
                throw InferError(.notFound, "model '\(model)': the load request brought no file '\(path)'")
            }
            return bytes
        }
        do { return try Bytes(reading: path) } catch {
            throw InferError(.notFound, "model '\(model)': \(error.reason)")
        }
    }
}
