import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

/// What a file must not say: each is refused with a sentence, never a trap or an endless loop.
@Suite struct MalformedAttributesTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let type: String
        let domain: String
        let attributes: [String: ONNXAttribute.Value]
        let says: String
        let input: Tensor

        init(
            _ description: String, _ type: String, domain: String = "ai.onnx.ml",
            _ attributes: [String: ONNXAttribute.Value], says: String,
            input: Tensor = Tensor([1, 2] as [Float], shape: [1, 2])
        ) {
            testDescription = description
            self.type = type
            self.domain = domain
            self.attributes = attributes
            self.says = says
            self.input = input
        }
    }

    /// One branch on column 0 with two leaves, changed as a case wants it.
    static func stump(_ changes: [String: ONNXAttribute.Value] = [:]) -> [String: ONNXAttribute.Value] {
        var attributes: [String: ONNXAttribute.Value] = [
            "n_targets": .int(1), "nodes_treeids": .ints([0, 0, 0]), "nodes_nodeids": .ints([0, 1, 2]),
            "nodes_featureids": .ints([0, 0, 0]), "nodes_truenodeids": .ints([1, 0, 0]),
            "nodes_falsenodeids": .ints([2, 0, 0]), "nodes_values": .floats([0.5, 0, 0]),
            "nodes_modes": .strings([Bytes("BRANCH_LEQ"), Bytes("LEAF"), Bytes("LEAF")]),
            "target_ids": .ints([0, 0]), "target_treeids": .ints([0, 0]), "target_nodeids": .ints([1, 2]),
            "target_weights": .floats([10, 20]),
        ]
        attributes.merge(changes) { _, new in new }
        return attributes
    }

    static let text = Tensor(strings: ["a b"], shape: [1])
    static let tokenizer: [String: ONNXAttribute.Value] = [
        "pad_value": .string(Bytes("#")), "mark": .int(0), "mincharnum": .int(1),
    ]

    static func tokenizer(_ pattern: String) -> [String: ONNXAttribute.Value] {
        tokenizer.merging(["tokenexp": .string(Bytes(pattern))]) { $1 }
    }

    static func tfidf(_ changes: [String: ONNXAttribute.Value]) -> [String: ONNXAttribute.Value] {
        let usual: [String: ONNXAttribute.Value] = [
            "mode": .string(Bytes("TF")), "min_gram_length": .int(1), "max_gram_length": .int(1),
            "max_skip_count": .int(0), "ngram_counts": .ints([0]), "ngram_indexes": .ints([0]),
            "pool_strings": .strings([Bytes("a")]),
        ]
        return usual.merging(changes) { $1 }
    }

    @Test(
        "is refused with a sentence",
        arguments: [
            Row(
                "a child that no node has", "TreeEnsembleRegressor", stump(["nodes_truenodeids": .ints([9, 0, 0])]),
                says: "no node 9"),
            Row(
                "a node that is its own child", "TreeEnsembleRegressor",
                stump(["nodes_truenodeids": .ints([0, 0, 0])]), says: "more than one branch"),
            Row(
                "a node with two parents", "TreeEnsembleRegressor", stump(["nodes_falsenodeids": .ints([1, 0, 0])]),
                says: "more than one branch"),
            Row(
                "two nodes with one number", "TreeEnsembleRegressor", stump(["nodes_nodeids": .ints([0, 1, 1])]),
                says: "more than one node 1"),
            Row(
                "a list that is too short", "TreeEnsembleRegressor", stump(["nodes_values": .floats([1])]),
                says: "'nodes_values' has 1 elements, expected 3"),
            Row(
                "an unknown mode", "TreeEnsembleRegressor",
                stump(["nodes_modes": .strings([Bytes("X"), Bytes("LEAF"), Bytes("LEAF")])]), says: "unknown mode 'X'"),
            Row(
                "a negative feature", "TreeEnsembleRegressor", stump(["nodes_featureids": .ints([-1, 0, 0])]),
                says: "feature id -1"),
            Row(
                "a feature beyond the columns", "TreeEnsembleRegressor", stump(["nodes_featureids": .ints([2, 0, 0])]),
                says: "2 columns, the trees read 3"),
            Row(
                "an enormous feature", "TreeEnsembleRegressor", stump(["nodes_featureids": .ints([Int64.max, 0, 0])]),
                says: "feature"),
            Row(
                "a target out of range", "TreeEnsembleRegressor", stump(["target_ids": .ints([0, 1])]),
                says: "score 1 of 1"),
            Row(
                "a weight for no node", "TreeEnsembleRegressor", stump(["target_nodeids": .ints([1, 7])]),
                says: "no node 7"),
            Row("no trees", "TreeEnsembleRegressor", ["n_targets": .int(1)], says: "no trees"),
            Row("too many targets", "TreeEnsembleRegressor", stump(["n_targets": .int(1 << 40)]), says: "'n_targets'"),
            Row(
                "an unknown transform", "TreeEnsembleRegressor", stump(["post_transform": .string(Bytes("X"))]),
                says: "'post_transform' is 'X'"),
            Row(
                "a root that is no node", "TreeEnsemble",
                [
                    "tree_roots": .ints([4]), "nodes_featureids": .ints([0]),
                    "nodes_splits": .tensor(Tensor([0] as [Float], shape: [1])),
                    "nodes_modes": .tensor(Tensor([0] as [UInt8], shape: [1])), "nodes_truenodeids": .ints([0]),
                    "nodes_trueleafs": .ints([1]),
                    "nodes_falsenodeids": .ints([0]), "nodes_falseleafs": .ints([1]), "leaf_targetids": .ints([0]),
                    "leaf_weights": .tensor(Tensor([0] as [Float], shape: [1])),
                ], says: "node 4"),
            Row(
                "coefficients that do not divide", "LinearRegressor",
                ["targets": .int(2), "coefficients": .floats([1, 2, 3])], says: "do not divide"),
            Row(
                "zero targets", "LinearRegressor", ["targets": .int(0), "coefficients": .floats([1])], says: "0 targets"
            ),
            Row("no classes", "LinearClassifier", ["coefficients": .floats([1, 2])], says: "names a class"),
            Row(
                "classes for other scores", "LinearClassifier",
                [
                    "coefficients": .floats([1, 2, 3, 4]), "intercepts": .floats([1, 2]),
                    "classlabels_ints": .ints([1, 2, 3]),
                ], says: "2 scores for 3 classes"),
            Row(
                "support vectors that are missing", "SVMClassifier",
                [
                    "coefficients": .floats([1, 2]), "rho": .floats([0]), "classlabels_ints": .ints([0, 1]),
                    "vectors_per_class": .ints([1, 1]),
                ], says: "do not divide"),
            Row(
                "negative numbers of support vectors", "SVMClassifier",
                [
                    "coefficients": .floats([1, 2]), "rho": .floats([0]), "classlabels_ints": .ints([0, 1]),
                    "vectors_per_class": .ints([-1, 1]),
                ], says: "'vectors_per_class' has the element -1"),
            Row(
                "coefficients that are missing", "SVMRegressor",
                ["rho": .floats([0]), "n_supports": .int(1), "support_vectors": .floats([1, 2])],
                says: "'coefficients' has 0"),
            Row(
                "scales for other columns", "Scaler", ["scale": .floats([1, 2, 3]), "offset": .floats([0])],
                says: "'scale' has 3 elements for 2"),
            Row("an unknown norm", "Normalizer", ["norm": .string(Bytes("L3"))], says: "'norm' is 'L3'"),
            Row("nothing to impute", "Imputer", [:], says: "must hold values"),
            Row("a category twice", "OneHotEncoder", ["cats_int64s": .ints([1, 1])], says: "1 is there twice"),
            Row(
                "a category that is not known", "OneHotEncoder", ["cats_int64s": .ints([5]), "zeros": .int(0)],
                says: "no known category"),
            Row(
                "keys without values", "LabelEncoder",
                ["keys_floats": .floats([1, 2]), "values_floats": .floats([1])], says: "2 keys for 1 values"),
            Row(
                "classes for other columns", "ZipMap", ["classlabels_int64s": .ints([1, 2, 3])],
                says: "2 columns for 3 classes"),
            Row(
                "a pattern's open group", "Tokenizer", domain: "com.microsoft", tokenizer("(a"), says: "unmatched '('",
                input: text),
            Row(
                "a pattern's open class", "Tokenizer", domain: "com.microsoft", tokenizer("[a"), says: "unmatched '['",
                input: text),
            Row(
                "a pattern that explodes", "Tokenizer", domain: "com.microsoft", tokenizer("((a{900}){900}){900}"),
                says: "states", input: text),
            Row(
                "a pattern nested too deep", "Tokenizer", domain: "com.microsoft",
                tokenizer(String(repeating: "(", count: 101) + "a"), says: "groups", input: text),
            Row(
                "a repetition of a repetition", "Tokenizer", domain: "com.microsoft", tokenizer("a**"),
                says: "a repetition of nothing", input: text),
            Row(
                "one long text among very many", "Tokenizer", domain: "com.microsoft", tokenizer("."),
                says: "4096 rows of 20000 tokens need more than 268435456 bytes",
                input: Tensor(
                    strings: [String(repeating: "a", count: 20_000)] + [String](repeating: "", count: 4095),
                    shape: [4096])),
            Row(
                "a pattern with flags", "Tokenizer", domain: "com.microsoft", tokenizer("(?i)a"), says: "'(?'",
                input: text),
            Row(
                "text that is no UTF-8", "Tokenizer", domain: "com.microsoft", tokenizer("a"),
                says: "element 0 is not valid UTF-8",
                input: Tensor(dataType: .bytes, shape: [1], bytes: Bytes([1, 0, 0, 0, 0xFF]))),
            Row(
                "n-grams beyond the pool", "TfIdfVectorizer", domain: "", tfidf(["ngram_counts": .ints([5])]),
                says: "1-grams at 5..<1", input: text),
            Row(
                "n-grams without a column", "TfIdfVectorizer", domain: "",
                tfidf(["pool_strings": .strings([Bytes("a"), Bytes("b")])]), says: "more n-grams", input: text),
            Row(
                "a column far away", "TfIdfVectorizer", domain: "", tfidf(["ngram_indexes": .ints([1 << 40])]),
                says: "'ngram_indexes'", input: text),
            Row(
                "an n-gram twice", "TfIdfVectorizer", domain: "",
                tfidf(["pool_strings": .strings([Bytes("a"), Bytes("a")]), "ngram_indexes": .ints([0, 1])]),
                says: "twice", input: text),
            Row(
                "n-grams that are too long", "TfIdfVectorizer", domain: "", tfidf(["max_gram_length": .int(Int64.max)]),
                says: "supported: 1...65536", input: text),
        ])
    func isRefused(row: Row) throws {
        let error = #expect(throws: InferError.self) { _ = try run(row) }
        #expect(error?.message.contains(row.says) == true, "\(error?.message ?? "")")
    }

    @Test("a stump that is well formed runs") func wellFormed() throws {
        let row = Row("", "TreeEnsembleRegressor", Self.stump(), says: "")
        #expect(try run(row)[0].elements(as: Float.self) == [20])
    }

    @Test("a long chain of branches is walked") func longChain() throws {
        let count = 20_000
        let ids = (0...2 * count).map(Int64.init)
        let branches = (0..<count).map { Int64(2 * $0) }
        var onTrue = [Int64](repeating: 0, count: ids.count), onFalse = onTrue
        var modes = [Bytes](repeating: Bytes("LEAF"), count: ids.count)
        for branch in branches {
            onTrue[Int(branch)] = branch + 1
            onFalse[Int(branch)] = branch + 2
            modes[Int(branch)] = Bytes("BRANCH_LEQ")
        }
        let row = Row(
            "", "TreeEnsembleRegressor",
            [
                "n_targets": .int(1), "nodes_treeids": .ints(ids.map { _ in 0 }), "nodes_nodeids": .ints(ids),
                "nodes_featureids": .ints(ids.map { _ in 0 }), "nodes_truenodeids": .ints(onTrue),
                "nodes_falsenodeids": .ints(onFalse), "nodes_values": .floats(ids.map { _ in 0 }),
                "nodes_modes": .strings(modes), "target_ids": .ints([0]), "target_treeids": .ints([0]),
                "target_nodeids": .ints([Int64(2 * count)]), "target_weights": .floats([7]),
            ], says: "")
        #expect(try run(row)[0].elements(as: Float.self) == [7])
    }

    private func run(_ row: Row) throws -> [Tensor] {
        let opset = row.domain == "ai.onnx.ml" ? 5 : row.domain.isEmpty ? 18 : 1
        let entry = try #require(Operators.entry(domain: row.domain, name: row.type, opset: opset))
        let node = Node(domain: row.domain, type: row.type, opset: opset, attributes: row.attributes)
        let made = try entry.make(node)
        #expect(node.unaskedAttributes == [])
        _ = try made.infer(InputFacts([TensorFact(constant: row.input)]))
        return try evaluate(made.prepare(InputFacts([TensorFact(constant: row.input)])), [row.input])
    }
}
