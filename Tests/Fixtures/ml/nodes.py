"""Cases of single nodes with random attributes: what converters rarely write, but a file may hold."""

import itertools

import numpy
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64,
    "int32": TensorProto.INT32,
}
CASES = {}


def _type(array):
    return TensorProto.STRING if array.dtype.kind in "OUS" else TYPES[array.dtype.name]


def _model(op, feeds, outputs, domain="ai.onnx.ml", ml=3, opset=18, **attributes):
    node = helper.make_node(op, list(feeds), [name for name, _ in outputs], domain=domain, **attributes)
    graph = helper.make_graph(
        [node], op,
        [helper.make_tensor_value_info(name, _type(array), [None] * array.ndim) for name, array in feeds.items()],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs])
    return helper.make_model(graph, ir_version=10, opset_imports=[
        helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml), helper.make_opsetid("com.microsoft", 1)])


def _case(name, op, feeds, outputs, **options):
    CASES[name] = lambda: (_model(op, feeds, outputs, **options), feeds)


def _random(seed, shape, dtype=numpy.float32):
    generator = numpy.random.default_rng(seed)
    if numpy.issubdtype(dtype, numpy.integer):
        return generator.integers(-3, 4, shape).astype(dtype)
    return numpy.round(generator.standard_normal(shape) * 2, 1).astype(dtype)


def _forest(seed, trees, depth, features, modes, targets, weight=lambda g: g.normal(), missing=False, one_target=None):
    """Random trees: some branches end early, thresholds hit the inputs' values exactly now and then."""
    generator = numpy.random.default_rng(seed)
    nodes = {key: [] for key in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids", "missing")}
    leaves = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}
    for tree in range(trees):
        counter = itertools.count()

        def grow(level):
            me = next(counter)
            place = len(nodes["nodeids"])
            is_leaf = level == depth or (level > 0 and generator.random() < 0.2)
            for key, value in dict(
                    treeids=tree, nodeids=me, featureids=0 if is_leaf else int(generator.integers(features)),
                    modes="LEAF" if is_leaf else str(generator.choice(modes)),
                    values=0.0 if is_leaf else round(float(generator.normal()), 1) * 2, truenodeids=0, falsenodeids=0,
                    missing=int(missing and generator.random() < 0.5)).items():
                nodes[key].append(value)
            if is_leaf:
                chosen = range(targets) if one_target is None and targets > 1 else [one_target or 0]
                for target in chosen:
                    leaves["treeids"].append(tree)
                    leaves["nodeids"].append(me)
                    leaves["ids"].append(target)
                    leaves["weights"].append(float(weight(generator)))
            else:
                nodes["truenodeids"][place] = grow(level + 1)
                nodes["falsenodeids"][place] = grow(level + 1)
            return me

        grow(0)
    attributes = {f"nodes_{key}": value for key, value in nodes.items() if key != "missing"}
    if missing:
        attributes["nodes_missing_value_tracks_true"] = nodes["missing"]
    return attributes, leaves


def _rows(seed, features, dtype=numpy.float32, missing=False):
    x = _random(seed, (37, features), dtype)
    if missing:
        x[numpy.random.default_rng(seed).random(x.shape) < 0.2] = numpy.nan
        x[0, 0], x[1, 1] = numpy.inf, -numpy.inf
    return x


ALL_MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
CLASSIFIER = [("Y", TensorProto.INT64), ("Z", TensorProto.FLOAT)]
TEXT_CLASSIFIER = [("Y", TensorProto.STRING), ("Z", TensorProto.FLOAT)]
POST = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]


def _positive(generator):
    return generator.random() / 4


def _regressors():
    for mode in ALL_MODES:
        for missing in (False, True):
            forest, leaves = _forest(1, 5, 4, 3, [mode], 1, missing=missing)
            weights = {f"target_{key}": value for key, value in leaves.items()}
            _case(f"tree_{mode.lower()}{'_missing' if missing else ''}", "TreeEnsembleRegressor",
                  {"X": _rows(2, 3, missing=True)}, [("Y", TensorProto.FLOAT)], n_targets=1, **forest, **weights)
    for aggregate, targets in itertools.product(["SUM", "AVERAGE", "MIN", "MAX"], [1, 3]):
        forest, leaves = _forest(3, 7, 5, 4, ALL_MODES, targets)
        weights = {f"target_{key}": value for key, value in leaves.items()}
        _case(f"tree_{aggregate.lower()}_{targets}", "TreeEnsembleRegressor", {"X": _rows(4, 4)},
              [("Y", TensorProto.FLOAT)], n_targets=targets, aggregate_function=aggregate,
              base_values=[0.5 + i for i in range(targets)], **forest, **weights)
    for post in POST:
        for targets in (1, 2):
            forest, leaves = _forest(5, 3, 3, 4, ["BRANCH_LEQ"], targets, weight=_positive)
            weights = {f"target_{key}": value for key, value in leaves.items()}
            _case(f"tree_regressor_{post.lower()}_{targets}", "TreeEnsembleRegressor", {"X": _rows(6, 4)},
                  [("Y", TensorProto.FLOAT)], n_targets=targets, post_transform=post, **forest, **weights)
    forest, leaves = _forest(7, 5, 4, 4, ["BRANCH_LEQ", "BRANCH_LT"], 1)
    weights = {f"target_{key}": value for key, value in leaves.items()}
    _case("tree_regressor_float64", "TreeEnsembleRegressor", {"X": _rows(8, 4, numpy.float64)},
          [("Y", TensorProto.FLOAT)], n_targets=1, **forest, **weights)
    forest, leaves = _forest(9, 90, 2, 4, ["BRANCH_LEQ"], 1)
    weights = {f"target_{key}": value for key, value in leaves.items()}
    _case("tree_many", "TreeEnsembleRegressor", {"X": _rows(10, 4)}, [("Y", TensorProto.FLOAT)], n_targets=1, **forest, **weights)


def _classifiers():
    for post, kind, base in itertools.product(POST, ["two", "one", "first", "positive"], [0, 1, 2]):
        if post == "PROBIT" and kind != "two":
            continue  # ONNX Runtime leaves the second score as the memory was
        one = {"two": None, "one": 1, "first": 0, "positive": 0}[kind]
        forest, leaves = _forest(11, 5, 3, 4, ["BRANCH_LEQ"], 2, one_target=one,
                                 weight=_positive if kind == "positive" or post == "PROBIT" else lambda g: g.normal())
        weights = {f"class_{key}": value for key, value in leaves.items()}
        if base:
            weights["base_values"] = [0.25, 0.125][:base]
        _case(f"tree_binary_{kind}_{post.lower()}_{base}", "TreeEnsembleClassifier", {"X": _rows(12, 4)}, CLASSIFIER,
              # With weights for both, ONNX Runtime answers 0 and 1 whatever the labels are.
              classlabels_int64s=[0, 1] if kind == "two" else [10, 20], post_transform=post, **forest, **weights)
    for post, base in itertools.product(POST, [0, 3]):
        forest, leaves = _forest(13, 6, 3, 4, ["BRANCH_LEQ"], 3,
                                 weight=_positive if post == "PROBIT" else lambda g: g.normal())
        weights = {f"class_{key}": value for key, value in leaves.items()}
        if base:
            weights["base_values"] = [0.25, 0.125, -0.1]
        _case(f"tree_multiclass_{post.lower()}_{base}", "TreeEnsembleClassifier", {"X": _rows(14, 4)}, TEXT_CLASSIFIER,
              classlabels_strings=["a", "", "ç"], post_transform=post, **forest, **weights)
    for dtype in (numpy.float64, numpy.int64, numpy.int32):
        forest, leaves = _forest(15, 5, 4, 4, ["BRANCH_LT"], 2)
        weights = {f"class_{key}": value for key, value in leaves.items()}
        _case(f"tree_classifier_{numpy.dtype(dtype).name}", "TreeEnsembleClassifier", {"X": _rows(16, 4, dtype)},
              CLASSIFIER, classlabels_int64s=[0, 1], **forest, **weights)


def _tensor(name, values, dtype):
    return numpy_helper.from_array(numpy.array(values, dtype=dtype), name)


def _ensembles():
    for dtype, aggregate in itertools.product((numpy.float32, numpy.float64), range(4)):
        _case(
            f"tree_ensemble_{numpy.dtype(dtype).name}_{aggregate}", "TreeEnsemble", {"X": _rows(17, 3, dtype, missing=True)},
            [("Y", TYPES[numpy.dtype(dtype).name])], ml=5, n_targets=2, aggregate_function=aggregate, post_transform=0,
            tree_roots=[0, 2], nodes_featureids=[0, 1, 2, 0], nodes_splits=_tensor("s", [0.5, -1.0, 0.0, 1.0], dtype),
            nodes_modes=_tensor("m", [0, 1, 2, 5], numpy.uint8), nodes_truenodeids=[1, 0, 3, 1],
            nodes_trueleafs=[0, 1, 0, 1], nodes_falsenodeids=[2, 1, 0, 3], nodes_falseleafs=[1, 1, 1, 1],
            nodes_missing_value_tracks_true=[1, 0, 0, 1], leaf_targetids=[0, 1, 0, 1],
            leaf_weights=_tensor("w", [1.5, -2.0, 3.25, 0.5], dtype))
    _case(
        "tree_ensemble_members", "TreeEnsemble", {"X": _random(18, (40, 2)).round()}, [("Y", TensorProto.FLOAT)], ml=5,
        n_targets=1, aggregate_function=1, post_transform=0, tree_roots=[0], nodes_featureids=[0, 1, 0],
        nodes_splits=_tensor("s", [0, 0, 1.0], numpy.float32), nodes_modes=_tensor("m", [6, 6, 0], numpy.uint8),
        membership_values=_tensor("v", [-2, 0, 3, numpy.nan, 1, -1, numpy.nan], numpy.float32),
        nodes_truenodeids=[1, 0, 2], nodes_trueleafs=[0, 1, 1], nodes_falsenodeids=[2, 1, 3], nodes_falseleafs=[0, 1, 1],
        leaf_targetids=[0, 0, 0, 0], leaf_weights=_tensor("w", [1, 10, 100, 1000], numpy.float32))


def _linear():
    for post, targets in itertools.product(POST, [1, 2, 3]):
        coefficients = (_random(19, (targets, 4)) / 16).ravel().tolist()
        intercepts = [0.5, 0.25, 0.375][:targets]
        if (targets, post) != (1, "PROBIT"):  # the same
            _case(f"linear_classifier_{targets}_{post.lower()}", "LinearClassifier", {"X": _random(20, (9, 4)) / 8},
                  CLASSIFIER, coefficients=coefficients, intercepts=intercepts, post_transform=post,
                  classlabels_ints=[5, 6, 7][:max(targets, 2)])
        _case(f"linear_regressor_{targets}_{post.lower()}", "LinearRegressor", {"X": _random(20, (9, 4)) / 8},
              [("Y", TensorProto.FLOAT)], coefficients=coefficients, intercepts=intercepts, post_transform=post,
              targets=targets)
    for dtype in (numpy.float64, numpy.int64, numpy.int32):
        _case(f"linear_classifier_{numpy.dtype(dtype).name}", "LinearClassifier", {"X": _random(21, (9, 4), dtype)},
              TEXT_CLASSIFIER, coefficients=_random(22, 8).tolist(), intercepts=[0.1, 0.2],
              classlabels_strings=["no", "yes"])
    many = 37
    _case("linear_classifier_many", "LinearClassifier", {"X": _random(23, (5, 19))}, CLASSIFIER,
          coefficients=_random(24, many * 19).tolist(), intercepts=_random(25, many).tolist(), post_transform="SOFTMAX",
          classlabels_ints=list(range(many)))
    _case("svm_linear_two", "SVMClassifier", {"X": _random(26, (20, 4))}, CLASSIFIER, coefficients=_random(27, 8).tolist(),
          rho=[0.25], classlabels_ints=[3, 4], kernel_type="LINEAR", kernel_params=[0.1, 0.0, 3.0])
    _case("svm_linear_three", "SVMClassifier", {"X": _random(26, (20, 4))}, CLASSIFIER, coefficients=_random(28, 12).tolist(),
          rho=[0.25], classlabels_ints=[3, 4, 5], kernel_type="LINEAR", kernel_params=[0.1, 0.0, 3.0], post_transform="SOFTMAX")
    for post, proba in itertools.product(["NONE", "LOGISTIC", "SOFTMAX"], [False, True]):
        extra = dict(prob_a=[-1.0, -2.0, -0.5], prob_b=[0.1, 0.0, -0.2]) if proba else {}
        _case(f"svm_three_{post.lower()}_{'probability' if proba else 'votes'}", "SVMClassifier", {"X": _random(29, (15, 2))},
              TEXT_CLASSIFIER, coefficients=_random(30, 2 * 5).tolist(), rho=[0.1, -0.2, 0.3], vectors_per_class=[2, 1, 2],
              support_vectors=_random(31, 10).tolist(), classlabels_strings=["x", "y", "z"], kernel_type="RBF",
              kernel_params=[0.3, 0.0, 3.0], post_transform=post, **extra)


def _encoders():
    for norm in ("MAX", "L1", "L2"):
        x = _random(32, (6, 3))
        x[2] = 0
        _case(f"normalizer_{norm.lower()}_zero_row", "Normalizer", {"X": x}, [("Y", TensorProto.FLOAT)], norm=norm)
        _case(f"normalizer_{norm.lower()}_int64", "Normalizer", {"X": _random(33, (6, 3), numpy.int64)},
              [("Y", TensorProto.FLOAT)], norm=norm)
    for dtype in (numpy.float32, numpy.float64, numpy.int64, numpy.int32):
        name = numpy.dtype(dtype).name
        _case(f"scaler_{name}", "Scaler", {"X": _random(34, (5, 3), dtype)}, [("Y", TensorProto.FLOAT)],
              offset=[1.0, 2.0, 0.5], scale=[2.0, 0.1, 3.0])
        _case(f"scaler_single_{name}", "Scaler", {"X": _random(34, (5, 3), dtype)}, [("Y", TensorProto.FLOAT)],
              offset=[1.0], scale=[0.3])
        _case(f"feature_vectorizer_{name}", "FeatureVectorizer",
              {"A": _random(35, (4, 2), dtype), "B": _random(36, (4, 3), dtype)}, [("Y", TensorProto.FLOAT)],
              inputdimensions=[2, 3])
        if dtype != numpy.int32:  # ONNX Runtime has none
            _case(f"one_hot_{name}", "OneHotEncoder", {"X": _random(37, (5, 2), dtype)}, [("Y", TensorProto.FLOAT)],
                  cats_int64s=[-2, 0, 1, 3], zeros=1)
    _case("imputer_value", "Imputer", {"X": _random(38, (6, 3)).round()}, [("Y", TensorProto.FLOAT)],
          imputed_value_floats=[7.0, 8.0, 9.0], replaced_value_float=1.0)
    _case("imputer_int64", "Imputer", {"X": _random(39, (6, 3), numpy.int64)}, [("Y", TensorProto.INT64)],
          imputed_value_int64s=[70, 80, 90], replaced_value_int64=2)
    _case("imputer_nan", "Imputer", {"X": _rows(40, 3, missing=True)}, [("Y", TensorProto.FLOAT)],
          imputed_value_floats=[5.0], replaced_value_float=float("nan"))
    words = numpy.array([["a", "b"], ["ç", ""], ["b", "a"]], dtype=object)
    _case("one_hot_text", "OneHotEncoder", {"X": words}, [("Y", TensorProto.FLOAT)], cats_strings=["a", "b", "ç"])
    _case("label_encoder_1", "LabelEncoder", {"X": words}, [("Y", TensorProto.INT64)], ml=1,
          classes_strings=["b", "a"], default_int64=-7)
    _case("label_encoder_1_back", "LabelEncoder", {"X": _random(41, (5, 2), numpy.int64)}, [("Y", TensorProto.STRING)], ml=1,
          classes_strings=["b", "a", "c"], default_string="?")
    _case("label_encoder_2_text_float", "LabelEncoder", {"X": words}, [("Y", TensorProto.FLOAT)], ml=2,
          keys_strings=["a", "b", ""], values_floats=[1.5, 2.5, 3.5], default_float=-1.0)
    _case("label_encoder_2_float_text", "LabelEncoder", {"X": _random(42, (5, 2)).round()}, [("Y", TensorProto.STRING)], ml=2,
          keys_floats=[0.0, 1.0, -2.0], values_strings=["zero", "one", "minus two"])
    _case("label_encoder_2_int_int", "LabelEncoder", {"X": _random(43, (5, 2), numpy.int64)}, [("Y", TensorProto.INT64)], ml=2,
          keys_int64s=[0, 1, 2], values_int64s=[100, 200, 300], default_int64=5)
    _case("label_encoder_4_double", "LabelEncoder", {"X": numpy.array([1.0, numpy.nan, -0.0, 4.0])},
          [("Y", TensorProto.DOUBLE)], ml=4, keys_tensor=_tensor("k", [1.0, numpy.nan, 0.0], numpy.float64),
          values_tensor=_tensor("v", [10.0, 20.0, 30.0], numpy.float64), default_tensor=_tensor("d", [-1.0], numpy.float64))
    _case("category_mapper", "CategoryMapper", {"X": words}, [("Y", TensorProto.INT64)], cats_int64s=[4, 5],
          cats_strings=["b", "ç"])
    _case("category_mapper_back", "CategoryMapper", {"X": _random(44, (5, 2), numpy.int64)}, [("Y", TensorProto.STRING)],
          cats_int64s=[0, 1], cats_strings=["b", "ç"])
    for dtype in (numpy.float32, numpy.int64):
        _case(f"array_feature_extractor_{numpy.dtype(dtype).name}", "ArrayFeatureExtractor",
              {"X": _random(45, (3, 4), dtype), "Y": numpy.array([[3, 0, 3]])}, [("Z", TYPES[numpy.dtype(dtype).name])])
    _case("array_feature_extractor_text", "ArrayFeatureExtractor", {"X": words, "Y": numpy.array([1])},
          [("Z", TensorProto.STRING)])
    _case("array_feature_extractor_vector", "ArrayFeatureExtractor", {"X": _random(46, 5), "Y": numpy.array([4, 1])},
          [("Z", TensorProto.FLOAT)])


def _text():
    texts = numpy.array(["one two  three", "a-b, c;d", "", "über Ärger", "x1 y_2 Z", "äöü", "tail "], dtype=object)
    tokens = [("Y", TensorProto.STRING)]

    def tokenizer(name, feed=texts, **attributes):
        options = dict(mark=0, mincharnum=1, pad_value="#")
        options.update(attributes)
        _case(f"tokenizer_{name}", "Tokenizer", {"X": feed}, tokens, domain="com.microsoft", **options)

    tokenizer("characters", tokenexp=".")
    tokenizer("characters_marked", separators=[""], mark=1)
    tokenizer("words", tokenexp="[a-zA-Z0-9_]+")
    tokenizer("words_marked", tokenexp=r"\w+", mark=1)
    tokenizer("longest", tokenexp="o|one|on|t[a-z]*e|[^ ]", feed=numpy.array(["one two three bone"], dtype=object))
    tokenizer("repeats", tokenexp="[a-z]{2,3}|\\d+")
    tokenizer("edges", tokenexp=r"\b\w\w+\b")
    tokenizer("least_two", tokenexp="[a-z]+", mincharnum=2)
    tokenizer("space", separators=[" "])
    tokenizer("separators", separators=[r"[,;]", r"\s+", "-"], mark=1)
    tokenizer("separators_least", separators=[" ", ","], mincharnum=3)
    tokenizer("matrix", feed=texts[:6].reshape(3, 2), separators=[" "])
    tokenizer("nothing", feed=numpy.array(["", "  "], dtype=object), tokenexp="[a-z]+")

    lower = numpy.array(["ÄRGER", "Über", "İstanbul", "ΣΑΣ", "ǅ ﬁ ß", "ascii", "дОМ"], dtype=object)
    for action in ("LOWER", "UPPER", "NONE"):
        _case(f"string_normalizer_{action.lower()}", "StringNormalizer", {"X": lower}, tokens, domain="",
              case_change_action=action, is_case_sensitive=1, locale="C.UTF-8")
        _case(f"string_normalizer_{action.lower()}_stop", "StringNormalizer", {"X": lower}, tokens, domain="",
              case_change_action=action, is_case_sensitive=0, stopwords=["über", "Ascii"], locale="C.UTF-8")
    _case("string_normalizer_nothing_left", "StringNormalizer", {"X": numpy.array(["a", "a"], dtype=object)}, tokens, domain="",
          case_change_action="NONE", is_case_sensitive=1, stopwords=["a"], locale="C.UTF-8")

    pool = dict(ngram_counts=[0, 4, 10], ngram_indexes=[6, 5, 4, 3, 2, 1, 0, 7], pool_int64s=[2, 3, 5, 4, 5, 6, 7, 8, 6, 7, 2, 5, 8])
    numbers = numpy.array([[1, 1, 3, 3, 3, 7, 5, 6], [8, 6, 7, 2, 5, 6, 8, 8]])
    weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    for mode, skip, least, dtype in itertools.product(["TF", "IDF", "TFIDF"], [0, 2], [1, 2], [numpy.int64, numpy.int32]):
        _case(f"tfidf_{mode.lower()}_{skip}_{least}_{numpy.dtype(dtype).name}", "TfIdfVectorizer",
              {"X": numbers.astype(dtype)}, [("Y", TensorProto.FLOAT)], domain="", mode=mode, max_skip_count=skip,
              min_gram_length=least, max_gram_length=3, weights=weights, **pool)
    _case("tfidf_vector", "TfIdfVectorizer", {"X": numbers[0]}, [("Y", TensorProto.FLOAT)], domain="", mode="TF",
          max_skip_count=0, min_gram_length=1, max_gram_length=2, **pool)
    _case("tfidf_text", "TfIdfVectorizer", {"X": numpy.array([["a", "b", "a", "b"], ["b", "b", "ç", "#"]], dtype=object)},
          [("Y", TensorProto.FLOAT)], domain="", mode="TF", max_skip_count=1, min_gram_length=1, max_gram_length=2,
          ngram_counts=[0, 2], ngram_indexes=[0, 1, 2, 3], pool_strings=["a", "ç", "a", "b", "b", "b"])


for _add in (_regressors, _classifiers, _ensembles, _linear, _encoders, _text):
    _add()
