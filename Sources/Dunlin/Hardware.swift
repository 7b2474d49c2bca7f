import DunlinKernels
import DunlinServing

/// What `POST /v2/hardware` counts: names that deployers of accelerated servers use, answered truthfully.
enum Hardware {
    /// Usable units of the hardware called `name`; 0 when there is none, or nobody knows the name.
    static func count(of name: String) -> Int { counts.first { $0.name == name.lowercased() }?.count ?? 0 }

    /// The names whose count is above 0.
    static var present: [String] { counts.filter { $0.count > 0 }.map(\.name) }

    /// `cpu` counts the CPUs this process may use, and an instruction set as many when they have it. No backend
    /// uses a GPU, so there is none to be had here, whatever the machine holds.
    private static let counts: [(name: String, count: Int)] = {
        let cpus = CPUQuota.availableCount
        let cpu = CPU.current
        var list = [(name: "cpu", count: cpus)]
        list.append(("avx2", cpu.available.contains(.v3) ? cpus : 0))
        list.append(("avx512", cpu.available.contains(.v4) ? cpus : 0))
        list.append(("amx", cpu.extensions.contains("amx_tile") ? cpus : 0))
        list += cpu.extensions.map { (name: $0, count: cpus) }
        list.append(("gpu", 0))
        return list
    }()
}
