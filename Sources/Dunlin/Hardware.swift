import DunlinKernels

/// What `POST /v2/hardware` counts: names that deployers of accelerated servers use, answered truthfully.
enum Hardware {
    /// Usable units of the hardware called `name`; 0 when there is none, or nobody knows the name.
    ///
    /// `cpu` counts the CPUs this process may run on; an instruction set counts as many when the CPUs have it.
    static func count(of name: String) -> Int { counts.first { $0.name == name.lowercased() }?.count ?? 0 }

    /// The names whose count is above 0.
    static let present: [String] = counts.filter { $0.count > 0 }.map(\.name)
}
