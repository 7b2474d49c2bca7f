import DunlinInference
import DunlinTensor

/// A resampling axis by axis, between the input, two working buffers and the output.
struct ResizeSteps: Sendable {
    /// One axis of a tensor seen as `[outer, axis.input, inner]`.
    struct Step: Sendable {
        let outer: Int
        let inner: Int
        let axis: ResizeAxis

        var outputCount: Int { outer * axis.output * inner }
    }

    /// Slices of the output that are not computed but filled.
    struct Outside: Sendable {
        let axis: Int
        let positions: [Int]
    }

    let steps: [Step]
    /// The output's extents.
    let extents: [Int]
    let outside: [Outside]
    let extrapolation: Double

    func weighted<Element: BinaryFloatingPoint & TensorElement>(_ type: Element.Type) -> Kernel {
        let weights = steps.map { $0.axis.weights.map { Element($0) } }
        return kernel(type, Element(extrapolation)) { number, source, target in
            let step = steps[number]
            let (taps, inner) = (step.axis.tapCount, step.inner)
            for outer in 0..<step.outer {
                for position in 0..<step.axis.output {
                    let to = target + (outer * step.axis.output + position) * inner
                    for element in 0..<inner { to[element] = 0 }
                    for tap in 0..<taps {
                        let weight = weights[number][position * taps + tap]
                        if weight == 0 { continue }
                        let index = Int(step.axis.indexes[position * taps + tap])
                        let from = source + (outer * step.axis.input + index) * inner
                        for element in 0..<inner { to[element] += weight * from[element] }
                    }
                }
            }
        }
    }

    /// For `nearest`: every type by its size.
    func moving(_ dataType: DataType) throws(InferError) -> Kernel {
        switch dataType {
        case .fp32: return moved(Float.self, Float(extrapolation))
        case .fp64: return moved(Double.self, extrapolation)
        case .fp16: return moved(Float16.self, Float16(extrapolation))
        case .bf16: return moved(BFloat16.self, BFloat16(Float(extrapolation)))
        case .bool: return moved(UInt8.self, extrapolation == 0 ? 0 : 1)
        default: return try Integers(steps: self).kernel(for: dataType)
        }
    }

    private struct Integers: IntegerKernels {
        let steps: ResizeSteps

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            steps.moved(type, Element(saturating: steps.extrapolation))
        }
    }

    private func moved<Element: BitwiseCopyable & Sendable>(_ type: Element.Type, _ fill: Element) -> Kernel {
        kernel(type, fill) { number, source, target in
            let step = steps[number]
            let inner = step.inner
            for outer in 0..<step.outer {
                for position in 0..<step.axis.output {
                    let to = target + (outer * step.axis.output + position) * inner
                    let from = source + (outer * step.axis.input + Int(step.axis.indexes[position])) * inner
                    if inner == 1 { to.pointee = from.pointee } else { to.update(from: from, count: inner) }
                }
            }
        }
    }

    private func kernel<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type, _ fill: Element,
        _ run: @escaping @Sendable (Int, UnsafePointer<Element>, UnsafeMutablePointer<Element>) -> Void
    ) -> Kernel {
        // Steps write to two working buffers in turn, the last one to the output.
        let largest = steps.dropLast().map(\.outputCount).max() ?? 0
        let half = (largest * MemoryLayout<Element>.stride + 63) / 64 * 64
        return Kernel(scratchByteCount: steps.count > 2 ? 2 * half : half) { buffers in
            let output = buffers.output(0, as: type)
            guard var source = buffers.input(0, as: type).baseAddress, let result = output.baseAddress else { return }
            if steps.isEmpty { result.update(from: source, count: output.count) }
            for number in steps.indices {
                var target = result
                if number < steps.count - 1, let scratch = buffers.scratch.baseAddress {
                    target = (scratch + number % 2 * half).bindMemory(to: Element.self, capacity: largest)
                }
                run(number, source, target)
                source = UnsafePointer(target)
            }
            for outside in outside {
                let inner = extents[(outside.axis + 1)...].reduce(1, *)
                let extent = extents[outside.axis]
                for block in 0..<output.count / (inner * extent) {
                    for position in outside.positions {
                        let start = (block * extent + position) * inner
                        output[start..<start + inner].update(repeating: fill)
                    }
                }
            }
        }
    }
}
