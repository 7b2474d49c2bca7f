import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinEngine

@Suite struct NativeInstanceTests {
    @Test func aRunThatIsNotWantedAnyMoreEndsBetweenItsStepsAndHarmsNoLaterOne() throws {
        let model = try NativeModel.load(
            AllocationTests.models["layers"]!().bytes(), directory: nil, options: EngineOptions())
        let instance = try model.makeInstance()
        let inputs = SyntheticInputs.make(model.signature, rows: 3)
        let wanted = try instance.execute(inputs).map { $0.tensor.elements(as: Float.self) }
        var steps = 0
        _ = try instance.execute(inputs) {
            steps += 1
            return true
        }
        #expect(steps > 1)
        for last in 0..<steps {
            var asked = 0
            let error = #expect(throws: InferError.self) {
                try instance.execute(inputs) {
                    asked += 1
                    return asked <= last
                }
            }
            #expect(error?.code == .cancelled)
            #expect(asked == last + 1)
            #expect(try instance.execute(inputs).map { $0.tensor.elements(as: Float.self) } == wanted)
        }
    }
}
