/// How one request ended.
enum LoadOutcome: Equatable {
    case success
    /// An answer that is no success: `kind` is its status, `example` what it says.
    case refusal(kind: String, example: String)
    /// No answer.
    case failure(kind: String, example: String)
}
