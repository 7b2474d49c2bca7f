import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct BatchLayoutTests {
    private func tensor(_ name: String, _ type: DataType?, _ dims: [Int], ragged: Bool = false)
        -> ModelConfiguration.ConfiguredTensor
    {
        var tensor = ModelConfiguration.ConfiguredTensor()
        (tensor.name, tensor.dataType, tensor.dimensions, tensor.allowsRaggedBatch) = (name, type, dims, ragged)
        return tensor
    }

    /// `x` ragged, `n` made of it.
    private func configuration(
        _ kind: ModelConfiguration.BatchInput.Kind = .elementCount, _ type: DataType = .int32, dims: [Int] = [-1],
        output: [Int]? = nil
    ) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 8
        configuration.inputs = [tensor("x", .fp32, dims, ragged: true)]
        var input = ModelConfiguration.BatchInput()
        (input.kind, input.targets, input.dataType, input.source) = (kind, ["n"], type, "x")
        configuration.batchInputs = [input]
        if let output {
            configuration.outputs = [tensor("y", .fp32, output)]
            var scatter = ModelConfiguration.BatchOutput()
            (scatter.targets, scatter.source) = (["y"], "x")
            configuration.batchOutputs = [scatter]
        }
        return configuration
    }

    private func model(_ type: DataType = .int32, n: [Int] = [-1], x: [Int] = [-1], y: [Int] = [-1]) -> ModelSignature {
        ModelSignature(
            inputs: [
                TensorMetadata(name: "n", dataType: type, shape: n),
                TensorMetadata(name: "x", dataType: .fp32, shape: x),
            ], outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: y)])
    }

    private func request(_ values: [Float], _ shape: Shape) -> [NamedTensor] {
        [NamedTensor("x", Tensor(values, shape: shape))]
    }

    /// Triton's example: three requests of three, four and five elements.
    private var three: [[NamedTensor]] {
        [request([1, 2, 3], [1, 3]), request([4, 5, 6, 7], [1, 4]), request([8, 9, 10, 11, 12], [1, 5])]
    }

    struct Row: CustomTestStringConvertible {
        let kind: ModelConfiguration.BatchInput.Kind
        let shape: Shape
        let values: [Int]
        var testDescription: String { kind.rawValue }
    }

    @Test(
        "tells how the elements lie",
        arguments: [
            Row(kind: .elementCount, shape: [3], values: [3, 4, 5]),
            Row(kind: .accumulatedElementCount, shape: [3], values: [3, 7, 12]),
            Row(kind: .accumulatedElementCountWithZero, shape: [4], values: [0, 3, 7, 12]),
            Row(kind: .maxElementCountAsShape, shape: [5], values: [0, 0, 0, 0, 0]),
            Row(kind: .itemShape, shape: [3, 1], values: [3, 4, 5]),
            Row(kind: .itemShapeFlatten, shape: [3], values: [3, 4, 5]),
        ])
    func tellsHowTheElementsLie(row: Row) throws {
        let (kind, shape, values) = (row.kind, row.shape, row.values)
        for type in ModelConfigurationFile.batchInputTypes {
            let n = kind == .itemShape ? [-1, -1] : [-1]
            let layout = try #require(try BatchLayout(model(type, n: n), configuration(kind, type)))
            #expect(layout.signature.inputs == [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, -1])])
            var tensors = BatchTensors()
            let inputs = layout.gather(three, &tensors)
            #expect(inputs.map(\.name) == ["n", "x"])
            #expect(inputs[0].tensor.shape == shape && inputs[0].tensor.dataType == type)
            let numbers: [Int] =
                switch type {
                case .fp32: inputs[0].tensor.elements(as: Float.self).map { Int($0) }
                case .int64: inputs[0].tensor.elements(as: Int64.self).map { Int($0) }
                default: inputs[0].tensor.elements(as: Int32.self).map { Int($0) }
                }
            #expect(numbers == values)
            #expect(inputs[1].tensor.shape == [12])
            #expect(inputs[1].tensor.elements(as: Float.self) == (1...12).map { Float($0) })
        }
    }

    @Test func shapesAreTheItemsEachWithoutTheBatchDimension() throws {
        let layout = try #require(
            try BatchLayout(model(n: [-1, -1]), configuration(.itemShape, dims: [-1, 2])))
        var tensors = BatchTensors()
        let inputs = layout.gather(
            [request([1, 2, 3, 4], [2, 1, 2]), request([5, 6, 7, 8], [1, 2, 2])], &tensors)
        #expect(inputs[0].tensor.shape == [3, 2])
        #expect(inputs[0].tensor.elements(as: Int32.self) == [1, 2, 1, 2, 2, 2])
    }

    @Test func aLoneRequestIsFlatToo() throws {
        let layout = try #require(try BatchLayout(model(), configuration()))
        var tensors = BatchTensors()
        #expect(layout.gather([request([1, 2], [1, 2])], &tensors)[1].tensor.shape == [2])
    }

    @Test func outputsAreScatteredInTheShapesOfTheInput() throws {
        let layout = try #require(try BatchLayout(model(), configuration(output: [-1, 2])))
        let requests = [request([1], [1, 1]), request([2, 3], [1, 2])]
        let flat = NamedTensor("y", Tensor((0..<6).map(Float.init), shape: [6]))
        let pieces = try #require(layout.split([flat], requests))
        #expect(pieces.map { $0[0].tensor.shape } == [[1, 1, 2], [1, 2, 2]])
        #expect(pieces[1][0].tensor.elements(as: Float.self) == [2, 3, 4, 5])
        #expect(layout.split([NamedTensor("y", Tensor([Float](repeating: 0, count: 5), shape: [5]))], requests) == nil)
    }

    @Test func anInputWithoutElementsMayHaveExtentsThatNoOutputCanHave() throws {
        let layout = try #require(try BatchLayout(model(), configuration(dims: [-1, -1], output: [-1, 2])))
        let flat = NamedTensor("y", Tensor([Float](repeating: 0, count: 2), shape: [2]))
        for extent in [1 << 62, 1 << 61, 2] {
            let requests = [request([], [1, extent, 0]), request([1], [1, 1, 1])]
            #expect(layout.split([flat], requests) == nil)
        }
        #expect(layout.split([flat], [request([], [1, 0, 1 << 62]), request([1], [1, 1, 1])]) != nil)
    }

    @Test func whatDoesNotFitTheModelIsRefused() {
        var unbatched = configuration()
        unbatched.maxBatchSize = nil
        var unknown = configuration()
        unknown.batchInputs[0].targets = ["m"]
        var source = configuration()
        source.batchInputs[0].source = "n"
        let rows: [(ModelSignature, ModelConfiguration, String)] = [
            (model(), unbatched, "ragged and padded batches need a max_batch_size above 0"),
            (model(), unknown, "batch_input 'm': the model has no 'm', only 'n', 'x'"),
            (model(), source, "batch_input 'n': source_input 'n' is no input that clients send"),
            (model(.int64), configuration(), "batch_input 'n': the configuration says INT32, the model INT64"),
            (model(n: [-1, -1]), configuration(), "BATCH_ELEMENT_COUNT has one open extent"),
            (model(n: [3]), configuration(), "BATCH_ELEMENT_COUNT has one open extent"),
            (model(), configuration(.itemShape), "BATCH_ITEM_SHAPE has two extents"),
            (model(x: [-1, 4]), configuration(), "the model must take its elements in one open dimension"),
            (
                model(), configuration(output: [-1, -1]),
                "batch_output 'y': 'x' has no extent for each open one of [-1, -1, -1]"
            ),
        ]
        for (model, configuration, message) in rows {
            do throws(InferError) {
                _ = try BatchLayout(model, configuration)
                Issue.record("accepted: \(message)")
            } catch {
                #expect(error.message.contains(message), "\(error)")
            }
        }
    }

    // MARK: Padding

    private static let padded = ModelSignature(
        inputs: [
            TensorMetadata(name: "ids", dataType: .int64, shape: [-1, -1]),
            TensorMetadata(name: "mask", dataType: .fp32, shape: [-1, -1]),
            TensorMetadata(name: "k", dataType: .int64, shape: [-1, 2]),
        ],
        outputs: [
            TensorMetadata(name: "tokens", dataType: .fp32, shape: [-1, -1, 2]),
            TensorMetadata(name: "pooled", dataType: .fp32, shape: [-1, 2]),
        ])

    private func layout(_ pad: String?, _ cut: String?, _ signature: ModelSignature = padded) throws -> BatchLayout? {
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 8
        configuration.parameters[BatchLayout.padInputs] = pad
        configuration.parameters[BatchLayout.cutOutputs] = cut
        var layout = try BatchLayout(signature, configuration)
        try layout?.addPadding(configuration.parameters, signature)
        return layout
    }

    private func request(_ ids: [[Int64]]) -> [NamedTensor] {
        let shape: Shape = [ids.count, ids[0].count]
        return [
            NamedTensor("ids", Tensor(ids.flatMap { $0 }, shape: shape)),
            NamedTensor("mask", Tensor([Float](repeating: 1, count: shape.elementCount), shape: shape)),
            NamedTensor("k", Tensor([Int64](repeating: 9, count: ids.count * 2), shape: [ids.count, 2])),
        ]
    }

    @Test func rowsAreFilledToTheLongest() throws {
        let layout = try #require(try layout("ids=-1, mask=0.5", "tokens=ids"))
        #expect(layout.looseness == [.within(2), .within(2), .none])
        var tensors = BatchTensors()
        let requests = [request([[1, 2], [3, 4]]), request([[5, 6, 7]])]
        let inputs = layout.gather(requests, &tensors)
        #expect(inputs.map { $0.tensor.shape } == [[3, 3], [3, 3], [3, 2]])
        #expect(inputs[0].tensor.elements(as: Int64.self) == [1, 2, -1, 3, 4, -1, 5, 6, 7])
        #expect(inputs[1].tensor.elements(as: Float.self) == [1, 1, 0.5, 1, 1, 0.5, 1, 1, 1])
        let tokens = Tensor((0..<18).map(Float.init), shape: [3, 3, 2])
        let pooled = Tensor((0..<6).map(Float.init), shape: [3, 2])
        let pieces = try #require(
            layout.split([NamedTensor("tokens", tokens), NamedTensor("pooled", pooled)], requests))
        #expect(pieces[0].map { $0.tensor.shape } == [[2, 2, 2], [2, 2]])
        #expect(pieces[0][0].tensor.elements(as: Float.self) == [0, 1, 2, 3, 6, 7, 8, 9])
        #expect(pieces[1][0].tensor.elements(as: Float.self) == [12, 13, 14, 15, 16, 17])
        #expect(pieces[1][1].tensor.elements(as: Float.self) == [4, 5])
    }

    @Test func rowsWithoutElementsArePaddedWhateverTheirOtherExtents() throws {
        let signature = ModelSignature(
            inputs: [TensorMetadata(name: "ids", dataType: .fp32, shape: [-1, -1, -1, -1])],
            outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, -1, -1, -1])])
        let layout = try #require(try layout("ids=0", "y=ids", signature))
        let shapes: [Shape] = [[1, 1 << 40, 1 << 40, 0], [2, 1 << 39, 1 << 40, 0]]
        let requests = shapes.map { [NamedTensor("ids", Tensor([Float](), shape: $0))] }
        var tensors = BatchTensors()
        let gathered = layout.gather(requests, &tensors)
        #expect(gathered.map { $0.tensor.shape } == [[3, 1 << 40, 1 << 40, 0]])
        let pieces = try #require(layout.split([NamedTensor("y", gathered[0].tensor)], requests))
        #expect(pieces.map { $0[0].tensor.shape } == shapes)
    }

    @Test func aLoneRequestIsLeftAsItIs() throws {
        let layout = try #require(try layout("ids=0,mask=0", "tokens=ids"))
        var tensors = BatchTensors()
        let request = request([[1, 2]])
        #expect(layout.gather([request], &tensors)[0].tensor.bytes == request[0].tensor.bytes)
        let odd = [
            NamedTensor("tokens", Tensor([Float(1)], shape: [1])),
            NamedTensor("pooled", Tensor([Float(1)], shape: [1])),
        ]
        #expect(try #require(layout.split(odd, [request]))[0].map { $0.tensor.shape } == [[1], [1]])
    }

    @Test func anOutputOfOtherExtentsIsNotCut() throws {
        let layout = try #require(try layout("ids=0,mask=0", "tokens=ids"))
        let requests = [request([[1, 2]]), request([[5, 6, 7]])]
        let tokens = NamedTensor("tokens", Tensor([Float](repeating: 0, count: 8), shape: [2, 2, 2]))
        let pooled = NamedTensor("pooled", Tensor([Float](repeating: 0, count: 4), shape: [2, 2]))
        #expect(layout.split([tokens, pooled], requests) == nil)
    }

    @Test(
        "refuses padding that makes no sense",
        arguments: [
            ("ids", "", "pad_inputs: 'ids' must be a name, '=' and a value"),
            ("ids=0, ids=1", "", "pad_inputs: 'ids' is given twice"),
            ("none=0", "", "pad_inputs: input 'none' is no input whose rows can be padded"),
            ("k=0", "", "pad_inputs: input 'k' has no open extent behind the first: [-1, 2]"),
            ("ids=x", "", "pad_inputs: input 'ids': 'x' is no value of INT64 to pad with"),
            (
                "ids=0", "",
                "cut_outputs: output 'tokens' has open extents, [-1, -1, 2]: name the padded input that has them"
            ),
            ("ids=0", "tokens=mask", "cut_outputs: output 'tokens': 'mask' is no padded input"),
            ("ids=0", "tokens=ids, pooled=ids", "cut_outputs: output 'pooled', FP32 [-1, 2], cannot be cut"),
            ("ids=0", "tokens=ids, z=ids", "cut_outputs: the model has no output 'z'"),
            ("", "tokens=ids", "cut_outputs needs pad_inputs"),
        ])
    func refusesPaddingThatMakesNoSense(pad: String, cut: String, message: String) {
        do {
            _ = try layout(pad, cut)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test func onlyRowsOfAlikeLengthArePaddedTogether() throws {
        let looseness = try #require(try layout("ids=0,mask=0", "tokens=ids")).looseness
        func scheduled(_ length: Int) -> TestRequest {
            let request = TestRequest(inputs: request([[Int64](repeating: 1, count: length)]))
            request.hashShapes(looseness)
            return request
        }
        #expect(scheduled(4).isMergeable(with: scheduled(8), looseness))
        #expect(scheduled(8).isMergeable(with: scheduled(4), looseness))
        #expect(!scheduled(3).isMergeable(with: scheduled(8), looseness))
        #expect(!scheduled(4).isMergeable(with: scheduled(8)), "and none where nothing is declared")
        #expect(scheduled(1).isMergeable(with: scheduled(100), [.any, .any, .none]))
    }

    @Test(
        "boxes of the same size are not padded together when what holds both is much larger",
        arguments: [
            ([1, 4, 8], [1, 8, 4], true), ([1, 1000, 1], [1, 1, 1000], false), ([1, 3, 4], [1, 4, 10], false),
            ([1, 1 << 40, 0], [1, 0, 1 << 40], false), ([1, 1, 0], [1, 1, 1], false), ([1, 2, 0], [1, 2, 2], false),
            ([3, 2, 2], [7, 2, 2], true), ([1, 0, 1 << 26, 1], [1, 1, 1 << 26, 0], false),
            ([1, 1, 1000], [1, 0, 2000], false), ([1, 0, 1000], [1, 0, 2000], true), ([1, 0, 4], [1, 0, 4], true),
        ])
    func boxesThatHoldBothStaySmall(one: [Int], other: [Int], isAllowed: Bool) {
        func tensor(_ extents: [Int]) -> Tensor {
            Tensor(
                [UInt8](repeating: 1, count: extents.contains(0) ? 0 : extents.reduce(1, *)), shape: Shape(extents))
        }
        let looseness = ScheduledRequest.Looseness.within(2)
        #expect(looseness.allows(tensor(one), tensor(other)) == isAllowed)
        #expect(looseness.allows(tensor(other), tensor(one)) == isAllowed)
    }
}
