import Testing

@testable import DunlinServing

@Suite struct CPUQuotaTests {
    @Test(
        "reads cgroup v2's cpu.max",
        arguments: [
            ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 1.5), ("50000 100000", 0.5), ("300000", 3),
            ("", nil), ("0 100000", nil), ("-1 100000", nil), ("1 0", nil), ("x y", nil),
        ] as [(String, Double?)])
    func readsCPUMax(text: String, quota: Double?) { #expect(CPUQuota.quota(cpuMax: text) == quota) }

    @Test(
        "reads cgroup v1's quota and period",
        arguments: [("-1\n", "100000\n", nil), ("250000\n", "100000\n", 2.5), ("", "", nil)]
            as [(String, String, Double?)])
    func readsVersion1(quota: String, period: String, cpus: Double?) {
        #expect(CPUQuota.quota(microseconds: quota, period: period) == cpus)
    }

    @Test(
        "the tightest limit counts, rounded up, and never below one",
        arguments: [
            (8, [], 8), (8, [2], 2), (8, [1.5], 2), (8, [0.1], 1), (1, [4], 1), (8, [4, 2.5], 3), (0, [], 1),
        ] as [(Int, [Double], Int)])
    func countsCPUs(affinity: Int, quotas: [Double], count: Int) {
        #expect(CPUQuota.count(affinity: affinity, quotas: quotas) == count)
    }

    @Test(
        "reads lists of CPUs",
        arguments: [
            ("0", 1), ("\t0-3\n", 4), ("0-1,4,6-7", 5), ("", nil), ("3-1", nil), ("a", nil), ("1-2-3", nil),
            ("0-99999999", nil),
        ] as [(String, Int?)])
    func readsLists(text: String, count: Int?) { #expect(CPUQuota.count(cpuList: text) == count) }

    @Test func looksAtEachGroupAbove() {
        let found = CPUQuota.directories(ofCGroups: "5:cpu,cpuacct:/docker/x\n3:memory:/a\n0::/user/../y\nnonsense\n")
        #expect(
            found.map(\.directory) == [
                "/sys/fs/cgroup/cpu,cpuacct/docker/x", "/sys/fs/cgroup/cpu,cpuacct/docker",
                "/sys/fs/cgroup/cpu,cpuacct",
                "/sys/fs/cgroup/user/y", "/sys/fs/cgroup/user", "/sys/fs/cgroup",
            ])
        #expect(found.map(\.isVersion2) == [false, false, false, true, true, true])
    }

    @Test func thisMachineHasAtLeastOne() { #expect(CPUQuota.availableCount >= 1) }
}
