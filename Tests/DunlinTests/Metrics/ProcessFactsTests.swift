import Testing

@testable import Dunlin

@Suite struct ProcessFactsTests {
    @Test func utilizationIsTheBusyShareSinceTheLastLook() {
        var utilization = ProcessorUtilization()
        // user nice system idle iowait irq softirq steal, then guest times that are part of user.
        #expect(utilization.look("cpu  10 0 10 60 20 0 0 0 5 5") == 0.2)
        #expect(utilization.look("cpu  70 0 10 80 40 0 0 0 9 9") == 0.6)
        #expect(utilization.look("cpu  70 0 10 80 40 0 0 0 9 9") == 0.6, "no tick has passed")
        #expect(utilization.look("cpu  70 0 10 180 40 0 0 0 9 9") == 0)
        #expect(utilization.look("nonsense") == 0)
        #expect(utilization.look("cpu  80 0 10 180 40 0 0 0 9 9") == 1)
    }

    @Test func thisProcessHasMemoryTimeAndDescriptors() {
        #expect(ProcessFacts.residentByteCount > 1 << 20)
        #expect(ProcessFacts.processorSeconds > 0)
        let descriptors = ProcessFacts.descriptors
        #expect(descriptors.open >= 3 && descriptors.open < descriptors.most)
        let memory = ProcessFacts.memory
        #expect(memory.used > 0 && memory.used < memory.total)
    }
}
