import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct SwishFusionTests {
    /// x · gate(x), with the gate on either side.
    static func writer(_ gate: String, gateFirst: Bool = false, alpha: Float? = nil, other: String = "x") -> ModelWriter
    {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 4])
        writer.input("z", .fp32, [-1, 4])
        writer.output("y", .fp32, [-1, 4])
        if let alpha {
            writer.node(gate, ["x"], ["g"], ["alpha": .float(alpha), "beta": .float(0.5)])
        } else {
            writer.node(gate, ["x"], ["g"])
        }
        writer.node("Mul", gateFirst ? ["g", other] : [other, "g"], ["y"])
        return writer
    }

    @Test("becomes one function that gives the same", arguments: [false, true])
    func fuses(gateFirst: Bool) throws {
        let silu = Self.writer("Sigmoid", gateFirst: gateFirst)
        #expect(try ChannelBlockingTests.types(silu, ["swish-fusion"]) == ["Swish"])
        let hard = Self.writer("HardSigmoid", gateFirst: gateFirst, alpha: 1 / 6)
        #expect(try ChannelBlockingTests.types(hard, ["swish-fusion"]) == ["HardSwish"])
        let x = Tensor([-9, -3, -2.5, -1, -0.1, 0, 0.5, 1, 2, 2.9, 3, 30] as [Float], shape: [3, 4])
        for writer in [silu, hard] { try ChannelBlockingTests.expectSame(writer, ["x": x, "z": x], ["swish-fusion"]) }
    }

    @Test("other slopes, other factors and gates used twice stay")
    func leavesAlone() throws {
        let pass: Set<String> = ["swish-fusion"]
        #expect(
            try ChannelBlockingTests.types(Self.writer("HardSigmoid", alpha: 0.2), pass) == ["HardSigmoid", "Mul"])
        #expect(try ChannelBlockingTests.types(Self.writer("Sigmoid", other: "z"), pass) == ["Sigmoid", "Mul"])
        #expect(try ChannelBlockingTests.types(Self.writer("Tanh"), pass) == ["Tanh", "Mul"])
        var twice = Self.writer("Sigmoid")
        twice.output("g", .fp32, [-1, 4])
        #expect(try ChannelBlockingTests.types(twice, pass) == ["Sigmoid", "Mul"])
    }
}
