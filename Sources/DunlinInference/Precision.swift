/// How a model's products of matrices and convolutions are computed.
public enum Precision: String, Sendable, CaseIterable {
    /// As the file says.
    case fp32
    /// FP32 weights and what they are multiplied with are rounded to BF16, sums stay FP32. On CPUs with instructions for it.
    case bf16
}
