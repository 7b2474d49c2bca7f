import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct OutputClassesTests {
    private func signature(_ shape: [Int], _ type: DataType = .fp32, labels: [String] = []) -> ModelSignature {
        ModelSignature(
            inputs: [], outputs: [TensorMetadata(name: "y", dataType: type, shape: shape, labels: labels)])
    }

    private func request(_ parameters: Parameters) -> InferRequest {
        var request = InferRequest(model: "m", inputs: [])
        request.outputs = [RequestedOutput("y", parameters: parameters)]
        return request
    }

    private func answer(
        _ tensor: Tensor, _ count: Int64, _ signature: ModelSignature, isBatched: Bool = true
    ) throws -> Tensor {
        let classes = try #require(try OutputClasses(request(["classification": .int(count)]), signature))
        return try classes.apply(to: [NamedTensor("y", tensor)], of: signature, isBatched: isBatched)[0].tensor
    }

    @Test func sortsEachRowAndNamesTheClasses() throws {
        let tensor = Tensor([0.1, 0.7, 0.2, 0.5, 0.25, 0.25] as [Float], shape: [2, 3])
        let classes = try answer(tensor, 2, signature([-1, 3], labels: ["cat", "dog"]))
        #expect(classes.dataType == .bytes && classes.shape == [2, 2])
        #expect(classes.strings == ["0.700000:1:dog", "0.200000:2", "0.500000:0:cat", "0.250000:1:dog"])
    }

    @Test func rowsOfNothingHaveNoClassesHoweverManyThereAre() throws {
        let shapes: [(Shape, Shape)] = [
            ([2, 0], [2, 0]), ([1 << 40, 0], [1 << 40, 0]), ([2, 1 << 40, 1 << 40, 0], [2, 0]), ([0, 3], [0, 2]),
        ]
        for (shape, expected) in shapes {
            let open = signature([Int](repeating: -1, count: shape.rank))
            let classes = try answer(Tensor([Float](), shape: shape), 2, open)
            #expect(classes.shape == expected && classes.strings == [])
        }
    }

    @Test func equalElementsComeInTheirOrderAndNaNLast() throws {
        let tensor = Tensor([.nan, 1, 2, 2, -.infinity] as [Float], shape: [1, 5])
        #expect(
            try answer(tensor, 5, signature([-1, 5])).strings
                == ["2.000000:2", "2.000000:3", "1.000000:1", "-inf:4", "nan:0"])
    }

    @Test(
        "has the shape [rows, min(k, n)], or [min(k, n)]",
        arguments: [
            ([2, 4], true, 3, [2, 3]), ([2, 4], true, 9, [2, 4]), ([2, 4], false, 3, [3]), ([2, 4], false, 9, [8]),
            ([2, 2, 2], true, 3, [2, 3]), ([4], true, 3, [4, 1]), ([], false, 1, [1]), ([0, 4], true, 3, [0, 3]),
            ([2, 0], true, 3, [2, 0]),
        ] as [([Int], Bool, Int64, [Int])])
    func shapes(extents: [Int], isBatched: Bool, count: Int64, expected: [Int]) throws {
        let tensor = Tensor([Float](repeating: 0, count: extents.reduce(1, *)), shape: Shape(extents))
        var declared = extents
        if isBatched { declared[0] = -1 }
        #expect(try answer(tensor, count, signature(declared), isBatched: isBatched).shape.dimensions == expected)
    }

    @Test func anOutputWithoutRowsHasNone() throws {
        let tensor = Tensor([1, 2] as [Float], shape: [2])
        #expect(try answer(tensor, 1, signature([2]), isBatched: true).shape == [1])
    }

    @Test func everyNumericTypeIsSorted() throws {
        func check(_ tensor: Tensor, _ expected: [String]) throws {
            #expect(try answer(tensor, 2, signature([-1, 3], tensor.dataType)).strings == expected)
        }
        let shape: Shape = [1, 3]
        try check(Tensor([1, 3, 2] as [Double], shape: shape), ["3.000000:1", "2.000000:2"])
        try check(Tensor([1, 3, 2.5] as [Float16], shape: shape), ["3.000000:1", "2.500000:2"])
        try check(
            Tensor([BFloat16(1), BFloat16(3), BFloat16(-2)], shape: shape), ["3.000000:1", "1.000000:0"])
        try check(Tensor([-1, 3, 2] as [Int8], shape: shape), ["3:1", "2:2"])
        try check(Tensor([-1, 3, 2] as [Int16], shape: shape), ["3:1", "2:2"])
        try check(Tensor([-1, 3, 2] as [Int32], shape: shape), ["3:1", "2:2"])
        try check(Tensor([.min, .max, 2] as [Int64], shape: shape), ["9223372036854775807:1", "2:2"])
        try check(Tensor([1, 3, 2] as [UInt8], shape: shape), ["3:1", "2:2"])
        try check(Tensor([1, 3, 2] as [UInt16], shape: shape), ["3:1", "2:2"])
        try check(Tensor([1, 3, 2] as [UInt32], shape: shape), ["3:1", "2:2"])
        try check(Tensor([.max, 3, 2] as [UInt64], shape: shape), ["18446744073709551615:0", "3:1"])
    }

    @Test func asksForNothingWithoutTheParameter() throws {
        #expect(try OutputClasses(request(["binary_data": .bool(true)]), signature([-1, 3])) == nil)
        #expect(try OutputClasses(InferRequest(model: "m", inputs: []), signature([-1, 3])) == nil)
    }

    @Test(
        "refuses",
        arguments: [
            (
                .fp32, ["classification": .int(0)],
                "output 'y': parameter 'classification': expected a whole number in 1...1000000, received 0"
            ),
            (
                .fp32, ["classification": .int(-1)],
                "output 'y': parameter 'classification': expected a whole number in 1...1000000, received -1"
            ),
            (
                .fp32, ["classification": .int(1_000_001)],
                "output 'y': parameter 'classification': expected a whole number in 1...1000000, received 1000001"
            ),
            (
                .fp32, ["classification": .string("2")],
                "output 'y': parameter 'classification': expected a whole number in 1...1000000, received '2'"
            ),
            (
                .fp32, ["classification": .int(1), "shared_memory_region": .string("r")],
                "output 'y': 'classification' and 'shared_memory_region' do not go together"
            ),
            (.bytes, ["classification": .int(1)], "output 'y': 'classification' needs numbers, the output is BYTES"),
            (.bool, ["classification": .int(1)], "output 'y': 'classification' needs numbers, the output is BOOL"),
        ] as [(DataType, Parameters, String)])
    func refuses(type: DataType, parameters: Parameters, message: String) {
        #expect(throws: InferError(.invalidArgument, message)) {
            try OutputClasses(request(parameters), signature([-1, 3], type))
        }
    }

    @Test func theRowsOfARequestInPartsAreClassifiedTogether() throws {
        let fixture = RegistryFixture { _ throws(InferError) in .adding(1) }
        fixture.directory.write("m/1/model.onnx")
        fixture.directory.write(
            "m/config.pbtxt",
            "max_batch_size: 2 parameters { key: \"split_oversized\" value { string_value: \"true\" } }")
        try fixture.load("m")
        var request = RegistryFixture.request("m", rows: 5)
        request.outputs = [RequestedOutput("y", parameters: ["classification": .int(1)])]
        let classes = try fixture.infer(request).outputs[0].tensor
        #expect(classes.shape == [5, 1] && classes.strings == Array(repeating: "1.000000:0", count: 5))
    }

    @Test func answersFromTheCacheAreClassifiedForEachRequest() throws {
        let fixture = RegistryFixture { _ throws(InferError) in .adding(1) }
        fixture.directory.write("m/1/model.onnx")
        fixture.directory.write("m/config.pbtxt", "max_batch_size: 2 response_cache { enable: true }")
        try fixture.load("m")
        var request = RegistryFixture.request("m")
        let plain = try fixture.infer(request).outputs[0].tensor
        request.outputs = [RequestedOutput("y", parameters: ["classification": .int(2)])]
        #expect(try fixture.infer(request).outputs[0].tensor.strings == ["1.000000:0", "1.000000:1"])
        #expect(plain.elements(as: Float.self) == [1, 1])
        fixture.settle()
        #expect(try fixture.registry.statistics(model: "m")[0].executionCount == 1)
    }

    @Test func theLargestCountIsTaken() throws {
        let wanted = try OutputClasses(request(["classification": .int(1_000_000)]), signature([-1, 3]))
        #expect(wanted?.wanted == [.init(output: "y", count: 1_000_000)])
    }

    @Test func aWorkersOutputIsLookedAtWhenItIsThere() throws {
        var any = signature([-1])
        any.isVariadic = true
        any.outputs = []
        let classes = try #require(try OutputClasses(request(["classification": .int(1)]), any))
        let text = NamedTensor("y", Tensor(strings: ["a"], shape: [1]))
        #expect(throws: InferError.self) { try classes.apply(to: [text], of: any, isBatched: false) }
    }
}
