import CDunlinKernels
import Glibc

/// An instruction set that the kernels are compiled for, narrowest first.
package enum ISA: String, Sendable, CaseIterable, Comparable {
    /// What every CPU of the architecture has: SSE2 on x86-64, NEON on arm64.
    case baseline
    /// x86-64-v3: AVX2 and FMA.
    case v3
    /// x86-64-v4: AVX-512 F, BW, CD, DQ, VL.
    case v4

    package static func < (lhs: ISA, rhs: ISA) -> Bool {
        allCases.firstIndex(of: lhs)! < allCases.firstIndex(of: rhs)!
    }
}

/// What this machine's CPU can do, and which instruction set the kernels use: the one place that decides.
package struct CPU: Sendable, Equatable {
    /// The brand string, as the CPU spells it; empty where it has none.
    package let name: String
    /// The instruction sets the kernels may use here, narrowest first; `baseline` always.
    package let available: [ISA]
    /// Optional instructions: `avx_vnni`, `avx512_vnni`, `avx512_bf16`, `amx_tile`, `amx_int8`, `amx_bf16`.
    package let extensions: [String]

    /// The CPU this process runs on.
    package static let current = CPU(features: dk_cpu_features(), name: detectedName())

    /// A CPU with these instruction sets.
    package init(name: String = "", available: [ISA], extensions: [String] = []) {
        self.name = name
        self.available = available
        self.extensions = extensions
    }

    private init(features: UInt32, name: String) {
        self.name = name
        var available: [ISA] = [.baseline]
        if features & (1 << 0) != 0 { available.append(.v3) }
        if features & (1 << 1) != 0 { available.append(.v4) }
        self.available = available
        let names = ["avx_vnni", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"]
        self.extensions = names.indices.filter { features & (1 << UInt32($0 + 2)) != 0 }.map { names[$0] }
    }

    /// The instruction set to use when `DUNLIN_ISA` has the value `forced` (`nil` or empty: not set).
    ///
    /// - Throws: `UnusableISA` when the value is unknown or this CPU does not have it.
    package func select(forced: String?) throws(UnusableISA) -> ISA {
        guard let forced, !forced.isEmpty else { return available.last! }
        guard let isa = ISA(rawValue: forced) else {
            throw UnusableISA(
                message: "DUNLIN_ISA is '\(forced)'; it must be one of \(Self.list(ISA.allCases)), or not set")
        }
        guard available.contains(isa) else {
            throw UnusableISA(message: "DUNLIN_ISA is '\(forced)', but this CPU has only \(Self.list(available))")
        }
        return isa
    }

    /// The value of `DUNLIN_ISA` in this process's environment.
    package static var forcedISA: String? { getenv("DUNLIN_ISA").map { String(cString: $0) } }

    private static func list(_ isas: [ISA]) -> String {
        isas.map(\.rawValue).joined(separator: ", ")
    }

    private static func detectedName() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 49) { buffer in
            dk_cpu_name(buffer.baseAddress!)
            let name = String(cString: buffer.baseAddress!)
            return String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// `DUNLIN_ISA` asks for something this process cannot do; `message` says what, for the operator.
package struct UnusableISA: Error, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
