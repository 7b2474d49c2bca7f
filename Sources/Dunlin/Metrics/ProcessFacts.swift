import DunlinTelemetry
import Glibc

/// What the kernel knows of this process and its machine. Values that cannot be read are 0.
enum ProcessFacts {
    /// Resident memory in bytes.
    static var residentByteCount: Int {
        let fields = text("/proc/self/statm").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// Processor seconds used so far.
    static var processorSeconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    /// Open file descriptors, and how many there may be.
    static var descriptors: (open: Int, most: Int) {
        var limit = rlimit()
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard let stream = opendir("/proc/self/fd") else { return (0, Int(clamping: limit.rlim_cur)) }
        defer { closedir(stream) }
        // Not counting `.`, `..` and the descriptor of this look.
        var count = -3
        while readdir(stream) != nil { count += 1 }
        return (max(0, count), Int(clamping: limit.rlim_cur))
    }

    /// The machine's memory in bytes, and how much of it is taken.
    static var memory: (total: Int, used: Int) {
        let lines = text("/proc/meminfo").split(separator: "\n")
        func bytes(_ key: String) -> Int {
            let line = lines.first { $0.hasPrefix(key) }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }
        let total = bytes("MemTotal:")
        return (total, max(0, total - bytes("MemAvailable:")))
    }

    /// The beginning of a file of `/proc`, up to 16 KiB.
    static func text(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

/// The share of the machine's processors that was busy between two looks.
struct ProcessorUtilization: Sendable {
    private var busy: UInt64 = 0
    private var all: UInt64 = 0
    private var share = 0.0

    /// - Parameter line: The first line of `/proc/stat`: ticks since the machine started, by kind.
    /// - Returns: 0...1 since the last look, since the machine's start at the first; the last value again when no tick
    ///   has passed.
    mutating func look(_ line: String) -> Double {
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
        guard ticks.count == 8 else { return share }
        let sum = ticks.reduce(0, &+)
        // Idle, and idle while input or output is waited for.
        let idle = ticks[3] &+ ticks[4]
        let (nowBusy, nowAll) = (sum &- min(sum, idle), sum)
        if nowAll > all, nowBusy >= busy { share = Double(nowBusy &- busy) / Double(nowAll &- all) }
        (busy, all) = (nowBusy, nowAll)
        return min(1, share)
    }
}
