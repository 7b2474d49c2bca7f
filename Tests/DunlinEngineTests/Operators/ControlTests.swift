import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct ControlTests {
    /// A graph attribute, as raw fields of a node.
    private static func loop(
        trips: Int64, states: [String] = ["x"], _ write: (inout ModelWriter) -> Void
    ) -> Bytes {
        var body = ModelWriter()
        write(&body)
        var model = ModelWriter()
        model.input("x", .fp32, [-1])
        model.output("y", .fp32, [-1])
        model.initializer("trips", Tensor([trips], shape: []))
        var node = MessageWriter()
        ModelWriter.write("Loop", ["trips", ""] + states, ["y"], [:], "again", "", into: &node)
        node.field(5) {
            $0.field(1, text: "body")
            $0.field(6, bytes: body.graphBytes)
            $0.field(20, int: 5)
        }
        model.graphField(1, bytes: node.bytes)
        return model.bytes()
    }

    /// state + x, where x is the outer graph's.
    private static func adding(_ body: inout ModelWriter) {
        body.input("i", .int64, [])
        body.input("on", .bool, [])
        body.input("s", .fp32, [-1])
        body.node("Identity", ["on"], ["more"])
        body.node("Add", ["s", "x"], ["t"])
        body.output("more", .bool, [])
        body.output("t", .fp32, [-1])
    }

    @Test("a loop runs as often as it is told and sees outer values", arguments: [0, 1, 3, -1] as [Int64])
    func captures(trips: Int64) throws {
        let model = try Model(data: Self.loop(trips: trips, Self.adding))
        let output = try model.run(["x": Tensor([1, 2] as [Float], shape: [2])])["y"]
        let factor = Float(max(trips, 0) + 1)
        #expect(output?.elements(as: Float.self) == [factor, 2 * factor])
    }

    @Test("a state may grow from one time to the next") func grows() throws {
        let bytes = Self.loop(trips: 3) {
            $0.input("i", .int64, [])
            $0.input("on", .bool, [])
            $0.input("s", .fp32, [-1])
            $0.node("Identity", ["on"], ["more"])
            $0.node("Concat", ["s", "x"], ["t"], ["axis": .int(0)])
            $0.output("more", .bool, [])
            $0.output("t", .fp32, [-1])
        }
        let output = try Model(data: bytes).run(["x": Tensor([7] as [Float], shape: [1])])["y"]
        #expect(output?.elements(as: Float.self) == [7, 7, 7, 7])
    }

    @Test("a state that becomes too large is stopped before it is made") func growsTooLarge() throws {
        let bytes = Self.loop(trips: .max) {
            $0.input("i", .int64, [])
            $0.input("on", .bool, [])
            $0.input("s", .fp32, [-1])
            $0.node("Identity", ["on"], ["more"])
            $0.node("Expand", ["s", "shape"], ["t"])
            $0.initializer("shape", Tensor([1 << 40] as [Int64], shape: [1]))
            $0.output("more", .bool, [])
            $0.output("t", .fp32, [-1])
        }
        let error = #expect(throws: InferError.self) {
            try Model(data: bytes).run(["x": Tensor([7] as [Float], shape: [1])])
        }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("a graph with the wrong inputs or outputs is refused, and the node named", arguments: 0..<3)
    func malformed(number: Int) {
        let bytes = Self.loop(trips: 2) {
            $0.input("i", .int64, [])
            if number != 0 { $0.input("on", .bool, []) }
            $0.input("s", .fp32, [-1])
            $0.node("Add", ["s", number == 1 ? "ghost" : "x"], ["t"])
            if number != 2 { $0.output("on", .bool, []) }
            $0.output("t", .fp32, [-1])
        }
        let error = #expect(throws: InferError.self) { try Model(data: bytes) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("node 'again' (Loop)") ?? false, "\(error?.message ?? "")")
    }
}
