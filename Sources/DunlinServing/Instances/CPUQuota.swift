import Glibc

/// How many CPUs this process may use: what the scheduler lets it run on, cut down to the container's quota.
package enum CPUQuota {
    /// At least 1. Read once: quotas do not change while a process serves.
    package static let availableCount = count(
        affinity: affinityCount(), quotas: quotas(ofCGroups: read("/proc/self/cgroup") ?? ""))

    /// The smallest of the affinity and the quotas, each quota rounded up to whole CPUs; at least 1.
    static func count(affinity: Int, quotas: [Double]) -> Int {
        var count = Swift.max(affinity, 1)
        for quota in quotas where quota < Double(count) { count = Swift.max(1, Int(quota.rounded(.up))) }
        return count
    }

    /// CPUs granted by a cgroup v2 `cpu.max` (`"max 100000"`, `"150000 100000"`: µs in each period of µs), or `nil`
    /// when it sets no limit or makes no sense.
    static func quota(cpuMax text: String) -> Double? {
        let words = text.split { $0.isWhitespace }
        guard let first = words.first else { return nil }
        return quota(microseconds: String(first), period: words.count > 1 ? String(words[1]) : "100000")
    }

    /// CPUs granted by cgroup v1's `cpu.cfs_quota_us` (-1: no limit) and `cpu.cfs_period_us`.
    static func quota(microseconds: String, period: String) -> Double? {
        guard let quota = number(microseconds), let period = number(period), quota > 0, period > 0 else { return nil }
        return Double(quota) / Double(period)
    }

    /// The mounted directories that may hold a limit for this process, from `/proc/self/cgroup`: its own group and
    /// each group above it, since the tightest one counts.
    static func directories(ofCGroups text: String) -> [(directory: String, isVersion2: Bool)] {
        var found: [(directory: String, isVersion2: Bool)] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            let isVersion2 = fields[0] == "0" && controllers.isEmpty
            guard isVersion2 || controllers.contains("cpu") else { continue }
            let mount = isVersion2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(fields[1])"
            var components = fields[2].split(separator: "/").prefix(maxDepth).filter { $0 != ".." && $0 != "." }
            while true {
                found.append((([Substring(mount)] + components).joined(separator: "/"), isVersion2))
                if components.isEmpty { break }
                components.removeLast()
            }
        }
        return found
    }

    /// Nested groups looked at.
    private static let maxDepth = 32

    private static func quotas(ofCGroups text: String) -> [Double] {
        directories(ofCGroups: text).compactMap { directory, isVersion2 in
            if isVersion2 { return read(directory + "/cpu.max").flatMap { quota(cpuMax: $0) } }
            guard let quota = read(directory + "/cpu.cfs_quota_us"), let period = read(directory + "/cpu.cfs_period_us")
            else { return nil }
            return self.quota(microseconds: quota, period: period)
        }
    }

    /// CPUs in a list as `/proc/self/status` writes it (`0-3,8`), or `nil` when it makes no sense.
    static func count(cpuList text: String) -> Int? {
        var count = 0
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map { Int($0.filter { !$0.isWhitespace }) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
                first >= 0, last < 1 << 20
            else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    /// CPUs the scheduler lets this process run on. `sched_getaffinity` would say it, but the Glibc module hides it.
    private static func affinityCount() -> Int {
        let key = "Cpus_allowed_list:"
        let line = read("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix(key) }
        return line.flatMap { count(cpuList: String($0.dropFirst(key.count))) }
            ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    private static func number(_ text: String) -> Int64? {
        Int64(text.split { $0.isWhitespace }.first ?? "")
    }

    /// The first 16 KiB of a file of `/proc` or `/sys`, or `nil` when it cannot be read.
    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            count = Swift.max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
