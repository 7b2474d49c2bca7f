import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct TermClassifierFusionTests {
    static let pass = "term-classifier-fusion"
    static let columns = 70

    /// Words and pairs of words, some steps, and a classifier.
    struct Chain: CustomTestStringConvertible {
        var mode = "TFIDF"
        var norms: [String] = ["L2"]
        /// The shape of the factors; `nil`: no `Mul`.
        var factors: Shape? = [1, columns]
        var classes = 3
        var transform = "SOFTMAX"
        var hasTextLabels = true
        var usesIntegers = false
        var badFactor: Float?
        var badCoefficient: Float?
        var badWeight: Float?
        var givesFeatures = false

        var testDescription: String {
            "\(mode) \(norms) \(factors.map { "\($0)" } ?? "-") \(classes) \(transform) \(hasTextLabels) \(usesIntegers)"
        }

        func writer() -> ModelWriter {
            var writer = ModelWriter(opset: 17)
            writer.opsets.append(("ai.onnx.ml", 1))
            writer.input("words", usesIntegers ? .int64 : .bytes, [-1, -1])
            writer.output("label", hasTextLabels ? .bytes : .int64, [-1])
            writer.output("scores", .fp32, [-1, classes])
            if givesFeatures { writer.output("terms", .fp32, [-1, columns]) }
            // 60 words, then 10 pairs; the columns stand in another order than the pool.
            let pool = Array(0..<60) + (0..<10).flatMap { [$0, $0 + 1] }
            var weights = (0..<columns).map { Float($0 % 7) / 2 - 1 }
            if let badWeight { weights[3] = badWeight }
            let tokens: (String, ModelWriter.Attribute) =
                usesIntegers ? ("pool_int64s", .ints(pool)) : ("pool_strings", .texts(pool.map { "w\($0)" }))
            let indexes = (0..<columns).map { $0 * 33 % columns }
            writer.node(
                "TfIdfVectorizer", ["words"], ["terms"],
                [
                    "mode": .text(mode), "min_gram_length": .int(1), "max_gram_length": .int(2),
                    "max_skip_count": .int(1), "ngram_counts": .ints([0, 60]), "ngram_indexes": .ints(indexes),
                    "weights": .floats(weights), tokens.0: tokens.1,
                ])
            var last = "terms"
            if let factors {
                var elements = (0..<factors.elementCount).map { Float($0 % 5) / 3 - 0.5 }
                if let badFactor { elements[elements.count - 1] = badFactor }
                writer.initializer("factors", Tensor(elements, shape: factors))
                writer.node("Mul", ["factors", last], ["scaled"])
                last = "scaled"
            }
            for (number, norm) in norms.enumerated() {
                writer.node("Normalizer", [last], ["norm\(number)"], ["norm": .text(norm)], domain: "ai.onnx.ml")
                last = "norm\(number)"
            }
            var coefficients = (0..<columns * classes).map { Float($0 * 37 % 101) / 50 - 1 }
            if let badCoefficient { coefficients[5] = badCoefficient }
            let labels: (String, ModelWriter.Attribute) =
                hasTextLabels
                ? ("classlabels_strings", .texts((0..<classes).map { "class \($0)" }))
                : ("classlabels_ints", .ints(Array(0..<classes)))
            writer.node(
                "LinearClassifier", [last], ["label", "scores"],
                [
                    "coefficients": .floats(coefficients), "post_transform": .text(transform), labels.0: labels.1,
                    "intercepts": .floats((0..<classes).map { Float($0) / 10 }),
                ], domain: "ai.onnx.ml")
            return writer
        }

        /// Rows with nothing, words of no pool, one word many times, many words, and pairs.
        func input(rows: Range<Int> = 0..<6) -> Tensor {
            let words: [[Int]] = [
                Array(repeating: 99, count: 70), Array(repeating: 4, count: 70), Array(0..<70),
                (0..<70).map { $0 * $0 % 60 }, [1, 2, 3, 2, 1] + Array(repeating: -1, count: 65),
                (0..<70).map { $0 < 35 ? 100 + $0 : $0 % 11 },
            ]
            let chosen = words[rows].flatMap { $0 }
            return usesIntegers
                ? Tensor(chosen.map(Int64.init), shape: [rows.count, 70])
                : Tensor(strings: chosen.map { "w\($0)" }, shape: [rows.count, 70])
        }
    }

    static let chains: [Chain] = {
        var chains: [Chain] = []
        for mode in ["TF", "IDF", "TFIDF"] {
            for norms in [[], ["MAX"], ["L1"], ["L2"], ["L2", "MAX"]] {
                chains.append(Chain(mode: mode, norms: norms))
                chains.append(Chain(mode: mode, norms: norms, factors: nil, hasTextLabels: false, usesIntegers: true))
            }
        }
        for factors in [[], [1], [1, 1], [columns]] as [Shape] { chains.append(Chain(factors: factors)) }
        for classes in [2, 5, 9, 17, 40] {
            for transform in ["NONE", "LOGISTIC", "SOFTMAX", "PROBIT"] {
                chains.append(Chain(classes: classes, transform: transform))
            }
        }
        return chains
    }()

    @Test("gives what the operators give one by one", arguments: chains)
    func givesTheSame(chain: Chain) throws {
        #expect(try types(chain) == ["TfIdfVectorizer+LinearClassifier"])
        try expectSame(chain)
    }

    @Test(
        "leaves alone what it could not compute alike",
        arguments: [
            Chain(badFactor: .infinity), Chain(badCoefficient: .nan), Chain(badWeight: -.infinity),
            Chain(givesFeatures: true), Chain(factors: [6, 1]), Chain(factors: [6, columns]),
        ])
    func leavesAlone(chain: Chain) throws {
        #expect(try types(chain).contains("TfIdfVectorizer"))
        try expectSame(chain)
    }

    @Test("a row's answer does not depend on its company") func rowsAreAlone() throws {
        let chain = Chain()
        let model = try Model(data: chain.writer().bytes())
        let all = try model.run(["words": chain.input()])
        let scores = try #require(all["scores"]).elements(as: Float.self)
        for row in 0..<6 {
            let alone = try model.run(["words": chain.input(rows: row..<row + 1)])
            #expect(alone["scores"]?.elements(as: Float.self) == Array(scores[row * 3..<row * 3 + 3]))
            #expect(alone["label"]?.strings.first == all["label"]?.strings[row])
        }
    }

    @Test("no rows, and rows without words", arguments: [[0, 5], [0, 0], [3, 0]] as [Shape])
    func empty(shape: Shape) throws {
        let chain = Chain()
        let input = Tensor(strings: [], shape: shape)
        let expected = try model(chain, []).run(["words": input])
        let received = try model(chain, [Self.pass]).run(["words": input])
        #expect(received["scores"]?.shape == [shape[0], 3])
        #expect(received["scores"]?.bytes == expected["scores"]?.bytes)
        #expect(received["label"]?.bytes == expected["label"]?.bytes)
    }

    @Test("more rows than a tensor may have are refused as without the pass") func tooManyRows() throws {
        let chain = Chain()
        let most = TensorFact.mostElements / Self.columns
        for passes in [[], [Self.pass]] as [Set<String>] {
            let error = #expect(throws: InferError.self) {
                try model(chain, passes).run(["words": Tensor(strings: [], shape: [most + 1, 0])])
            }
            #expect(error?.code == .resourceExhausted)
        }
    }

    private func expectSame(_ chain: Chain) throws {
        let input = ["words": chain.input()]
        let expected = try model(chain, []).run(input)
        let received = try model(chain, [Self.pass]).run(input)
        for (name, tensor) in expected {
            #expect(received[name]?.shape == tensor.shape)
            #expect(TensorComparison.difference(try #require(received[name]), tensor) == nil, "output \(name)")
        }
    }

    private func types(_ chain: Chain) throws -> [String] {
        var options = EngineOptions()
        options.passes = [Self.pass]
        return try NativeModel.load(chain.writer().bytes(), directory: nil, options: options).graph.nodes.map(\.type)
    }

    private func model(_ chain: Chain, _ passes: Set<String>) throws -> Model {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: chain.writer().bytes(), options: options)
    }
}
