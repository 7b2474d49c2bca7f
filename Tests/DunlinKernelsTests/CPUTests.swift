import DunlinKernels
import Testing

@Suite struct CPUTests {
    @Test("every CPU has the baseline, and sets are listed narrowest first")
    func listsSetsInOrder() {
        #expect(CPU.current.available.first == .baseline)
        #expect(CPU.current.available == CPU.current.available.sorted())
    }

    @Test("nothing forced selects the widest set", arguments: [nil, ""])
    func selectsTheWidest(forced: String?) throws {
        #expect(try CPU.current.select(forced: forced) == CPU.current.available.last)
    }

    @Test("each available set can be forced", arguments: CPU.current.available)
    func obeysForcedSet(isa: ISA) throws {
        #expect(try CPU.current.select(forced: isa.rawValue) == isa)
    }

    @Test("an unknown set is an error that names the known ones", arguments: ["avx2", "V4", "v5", " "])
    func refusesUnknownSet(forced: String) {
        let error = #expect(throws: UnusableISA.self) { try CPU.current.select(forced: forced) }
        #expect(error?.message == "DUNLIN_ISA is '\(forced)'; it must be one of baseline, v3, v4, or not set")
    }

    @Test("a set the CPU lacks is an error that lists what it has")
    func refusesMissingSet() {
        let error = #expect(throws: UnusableISA.self) { try CPU(available: [.baseline, .v3]).select(forced: "v4") }
        #expect(error?.message == "DUNLIN_ISA is 'v4', but this CPU has only baseline, v3")
    }

    @Test("there is one table for each available set")
    func offersEveryTable() {
        #expect(KernelTable.all.map(\.isa) == CPU.current.available)
        for isa in CPU.current.available { #expect(KernelTable.table(for: isa).isa == isa) }
    }

    @Test("the listing names each kernel once, with a variant and a reason")
    func listsKernels() {
        let choices = KernelTable.choices()
        #expect(!choices.isEmpty)
        #expect(Set(choices.map(\.kernel)).count == choices.count)
        let unexplained = choices.filter(\.reason.isEmpty)
        #expect(unexplained.isEmpty)
        let gemm = choices.first { $0.kernel == "gemm FP32" }
        #expect(gemm?.variant == KernelTable.current.isa.rawValue)
    }
}
