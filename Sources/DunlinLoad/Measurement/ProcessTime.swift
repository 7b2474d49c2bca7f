import CDunlinSystem
import Glibc

/// Processor time of a process and of those it started, as the kernel counts it: in ticks of 10 ms.
package enum ProcessTime {
    /// Processes looked at.
    static let maxProcessCount = 65_536

    /// Seconds in user and kernel mode of `process` and its living descendants; `nil` when there is no such process.
    package static func seconds(of process: Int) -> Double? {
        guard let own = status(of: process) else { return nil }
        var children: [Int: [(process: Int, ticks: UInt64)]] = [:]
        for other in processes() where other != process {
            if let status = status(of: other) { children[status.parent, default: []].append((other, status.ticks)) }
        }
        var ticks = own.ticks
        var open = [process]
        while let parent = open.popLast() {
            // Taken out, so that no chain of reused numbers can make a circle.
            for child in children.removeValue(forKey: parent) ?? [] {
                ticks += child.ticks
                open.append(child.process)
            }
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Seconds this process has used.
    static func ownSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    /// Parent and ticks of a line of `/proc/PID/stat`: the command between them may hold blanks and parentheses.
    static func parse(_ line: String) -> (parent: Int, ticks: UInt64)? {
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 12, let parent = Int(fields[1]), let user = UInt64(fields[11]),
            let kernel = UInt64(fields[12])
        else { return nil }
        return (parent, user + kernel)
    }

    private static func status(of process: Int) -> (parent: Int, ticks: UInt64)? {
        guard process > 0, let file = fopen("/proc/\(process)/stat", "re") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = fread(&buffer, 1, buffer.count, file)
        return parse(String(decoding: buffer.prefix(count), as: UTF8.self))
    }

    private static func processes() -> [Int] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var found: [Int] = []
        while let entry = readdir(stream), found.count < maxProcessCount {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int(name) { found.append(number) }
        }
        return found
    }
}
