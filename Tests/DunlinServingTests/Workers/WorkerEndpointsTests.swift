import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct WorkerEndpointsTests {
    @Test func anEndpointIsAWorkerWithOneSetOfParameters() {
        var endpoints = WorkerEndpoints()
        func load(_ worker: String, _ parameters: Parameters = [:]) -> WorkerEndpoints.LoadAction {
            let action = endpoints.action(forLoading: worker, parameters)
            endpoints.commit(action, worker: worker, parameters)
            return action
        }
        #expect(load("w", ["a": .int(1), "b": .bool(true)]) == .create(endpoint: "w"))
        #expect(load("w", ["b": .bool(true), "a": .int(1)]) == .none(endpoint: "w"))
        #expect(load("w", ["a": .int(1), "b": .bool(true), "share": .bool(true)]) == .none(endpoint: "w"))
        #expect(load("w") == .create(endpoint: "w-0"))
        #expect(load("w", ["a": .int(2)]) == .create(endpoint: "w-1"))
        #expect(load("v", ["share": .bool(false)]) == .create(endpoint: "v"))
        #expect(load("w", ["share": .bool(false)]) == .addInstance(endpoint: "w-0"))

        #expect(endpoints.unload("w-0") == .removeInstance)
        #expect(endpoints.contains("w-0"))
        #expect(endpoints.unload("w-0") == .remove)
        #expect(endpoints.unload("w-0") == .none)
        #expect(endpoints.unload("v") == .remove)
        #expect(endpoints.unload("never") == .none)
        #expect(load("w") == .create(endpoint: "w-0"))
        #expect(endpoints.unload("w") == .remove)
        #expect(load("w", ["a": .int(3)]) == .create(endpoint: "w"))
        #expect(endpoints.count == 3)
    }

    @Test func aWorkerNeverTakesAnothersName() {
        var endpoints = WorkerEndpoints()
        for worker in ["w-0", "w"] {
            endpoints.commit(endpoints.action(forLoading: worker, [:]), worker: worker, [:])
        }
        #expect(endpoints.action(forLoading: "w", ["a": .int(1)]) == .create(endpoint: "w-1"))
    }
}
