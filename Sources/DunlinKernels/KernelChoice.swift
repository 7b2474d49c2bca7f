/// Which variant of a kernel this process runs, and why: one line of `dunlin kernels`.
package struct KernelChoice: Sendable, Equatable {
    package let kernel: String
    /// The instruction set's name, or `scalar` for a loop over libm.
    package let variant: String
    package let reason: String
}

extension KernelTable {
    /// Each kernel with the variant that `.current` holds.
    package static func choices() -> [KernelChoice] {
        let isForced = CPU.forcedISA.map { !$0.isEmpty } ?? false
        let available = CPU.current.available.map(\.rawValue).joined(separator: ", ")
        let reason = isForced ? "DUNLIN_ISA=\(current.isa.rawValue)" : "the widest of \(available)"
        let tile = "tiles of \(current.tileSize(0)) x \(current.tileSize(1)); \(reason)"
        func vector(_ kernel: String, _ reason: String) -> KernelChoice {
            KernelChoice(kernel: "\(kernel)", variant: current.isa.rawValue, reason: reason)
        }
        func scalar(_ kernel: String) -> KernelChoice {
            KernelChoice(kernel: kernel, variant: "scalar", reason: "one libm call an element")
        }
        func bf16(_ kernel: String) -> KernelChoice {
            guard let kernels = BF16Kernels.current else {
                return KernelChoice(kernel: kernel, variant: "none", reason: BF16Kernels.refusal ?? "")
            }
            let names = BF16Kernels.all.map(\.name).joined(separator: ", ")
            return KernelChoice(
                kernel: kernel, variant: kernels.name, reason: "the fastest of \(names); for models with precision bf16"
            )
        }
        return [vector("gemm FP32", tile), vector("convolution FP32", tile)]
            + [
                "gemm FP64", "depthwise convolution FP32", "pooling FP32", "row reduction FP32", "softmax FP32",
                "layer normalization FP32", "channel scale FP32", "FP16 conversion", "BF16 conversion", "transpose",
            ].map { vector($0, reason) }
            + BinaryFunction.allCases.map { $0.isVectorised ? vector("\($0) FP32", reason) : scalar("\($0) FP32") }
            + UnaryFunction.Code.allCases.map {
                UnaryFunction($0).isVectorised ? vector("\($0) FP32", reason) : scalar("\($0) FP32")
            } + [
                KernelChoice(
                    kernel: "gemm INT8", variant: QuantizedKernels.current.name,
                    reason: "the fastest of \(QuantizedKernels.all.map(\.name).joined(separator: ", ")) for "
                        + current.isa.rawValue),
                KernelChoice(
                    kernel: "convolution INT8", variant: QuantizedKernels.current.name, reason: "through gemm INT8"),
                bf16("gemm BF16"), bf16("convolution BF16"),
            ] + [scalar("element functions FP64"), scalar("row reduction FP64")]
    }
}
