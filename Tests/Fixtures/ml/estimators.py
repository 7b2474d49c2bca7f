"""Cases from trained estimators: scikit-learn, LightGBM and XGBoost, as their converters export them."""

import numpy
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn import datasets, ensemble, feature_extraction, linear_model, naive_bayes, neural_network, svm, tree
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer, KBinsDiscretizer, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures,
    RobustScaler, StandardScaler)

OPSET = {"": 18, "ai.onnx.ml": 3}
SEED = 7
ROWS = 23

iris_x, iris_y = datasets.load_iris(return_X_y=True)
iris_x = iris_x.astype(numpy.float32)
iris_names = datasets.load_iris().target_names[iris_y].astype(str)
two_x, two_y = iris_x[50:], iris_y[50:] - 1
cancer_x, cancer_y = datasets.load_breast_cancer(return_X_y=True)
cancer_x = cancer_x.astype(numpy.float32)
diabetes_x, diabetes_y = datasets.load_diabetes(return_X_y=True)
diabetes_x = diabetes_x.astype(numpy.float32)
TEXTS = [
    "The quick brown fox jumps over the lazy dog", "A dog and a fox", "Der schnelle braune Fuchs", "Ein Hund im Haus",
    "the house of the dog", "Das Haus des Hundes", "quick quick brown", "Straße und Fluß", "", "fox!", "42 dogs, 7 cats",
    "Über den Wolken",
]
LANGUAGES = ["en", "en", "de", "de", "en", "de", "en", "de", "en", "en", "en", "de"]


def _sample(x):
    return x[:: max(1, len(x) // ROWS)][:ROWS]


def _sklearn(model, x, y, **options):
    def make():
        model.fit(x, y) if y is not None else model.fit(x)
        onnx_model = to_onnx(
            model, initial_types=[("X", FloatTensorType([None, x.shape[1]]))], target_opset=OPSET,
            options={id(model): options} if options else None)
        return onnx_model, {"X": _sample(x)}
    return make


def _with_missing(x):
    x = x.copy()
    x[numpy.random.default_rng(SEED).random(x.shape) < 0.1] = numpy.nan
    return x


def _column_transformer():
    generator = numpy.random.default_rng(SEED)
    numbers = _with_missing(iris_x[:, :2])
    words = generator.choice(["red", "green", "blue"], (len(iris_x), 2)).astype(str)
    both = numpy.concatenate([numbers.astype(object), words.astype(object)], axis=1)
    model = make_pipeline(
        ColumnTransformer([
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]),
            ("words", OneHotEncoder(handle_unknown="ignore"), [2, 3]),
        ]),
        linear_model.LogisticRegression())
    model.fit(both, iris_names)
    types = [("numbers", FloatTensorType([None, 2])), ("words", StringTensorType([None, 2]))]
    onnx_model = to_onnx(model, initial_types=types, target_opset=OPSET)
    test = words[:ROWS].astype(object)
    test[3, 0] = "violet"
    return onnx_model, {"numbers": numbers[:ROWS], "words": test}


def _one_hot_integers():
    x = numpy.random.default_rng(SEED).integers(0, 4, (40, 3))
    model = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(x)
    test = x[:ROWS].copy()
    test[0, 0] = 9
    return to_onnx(model, initial_types=[("X", Int64TensorType([None, 3]))], target_opset=OPSET), {"X": test}


def _ordinal():
    words = numpy.random.default_rng(SEED).choice(["low", "middle", "high"], (40, 2)).astype(str)
    model = OrdinalEncoder().fit(words)
    onnx_model = to_onnx(model, initial_types=[("X", StringTensorType([None, 2]))], target_opset=OPSET)
    return onnx_model, {"X": words[:ROWS].astype(object)}


def _text(vectorizer, classifier=None, locale="C.UTF-8"):
    def make():
        steps = [vectorizer] + ([classifier] if classifier else [])
        model = make_pipeline(*steps)
        model.fit(TEXTS, LANGUAGES)
        onnx_model = to_onnx(
            model, initial_types=[("text", StringTensorType([None, 1]))], target_opset=OPSET,
            options={type(vectorizer): {"locale": locale}})
        return onnx_model, {"text": numpy.array(TEXTS, dtype=object).reshape(-1, 1)}
    return make


def _lightgbm(model, x, y, zipmap=False, **fit):
    def make():
        from onnxmltools import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType as Floats

        model.fit(x, y, **fit)
        onnx_model = convert_lightgbm(model, initial_types=[("X", Floats([None, x.shape[1]]))], zipmap=zipmap)
        return onnx_model, {"X": _with_missing(_sample(x))}
    return make


def _xgboost(model, x, y):
    def make():
        from onnxmltools import convert_xgboost
        from onnxmltools.convert.common.data_types import FloatTensorType as Floats

        model.fit(x, y)
        onnx_model = convert_xgboost(model, initial_types=[("X", Floats([None, x.shape[1]]))])
        return onnx_model, {"X": _with_missing(_sample(x))}
    return make


def _boosters():
    import lightgbm
    import xgboost

    few = dict(n_estimators=8, random_state=SEED)
    categories = numpy.random.default_rng(SEED).integers(0, 5, (150, 1)).astype(numpy.float32)
    mixed = numpy.concatenate([iris_x, categories], axis=1)
    light = dict(few, min_child_samples=5, num_leaves=7, verbose=-1)
    return {
        "lightgbm_binary": _lightgbm(lightgbm.LGBMClassifier(**light), cancer_x, cancer_y),
        "lightgbm_multiclass_zipmap": _lightgbm(lightgbm.LGBMClassifier(**light), iris_x, iris_y, zipmap=True),
        "lightgbm_regressor": _lightgbm(lightgbm.LGBMRegressor(**light), diabetes_x, diabetes_y),
        "lightgbm_random_forest": _lightgbm(
            lightgbm.LGBMRegressor(boosting_type="rf", subsample=0.6, subsample_freq=1, **light), diabetes_x, diabetes_y),
        "lightgbm_categories": _lightgbm(lightgbm.LGBMClassifier(**light), mixed, iris_y, categorical_feature=[4]),
        "xgboost_binary": _xgboost(xgboost.XGBClassifier(max_depth=3, **few), cancer_x, cancer_y),
        "xgboost_multiclass": _xgboost(xgboost.XGBClassifier(max_depth=3, **few), iris_x, iris_y),
        "xgboost_regressor": _xgboost(xgboost.XGBRegressor(max_depth=3, **few), diabetes_x, diabetes_y),
        "xgboost_random_forest": _xgboost(xgboost.XGBRFRegressor(max_depth=4, **few), diabetes_x, diabetes_y),
    }


few = dict(n_estimators=6, random_state=SEED)
CASES = {
    "logistic_default": _sklearn(linear_model.LogisticRegression(), iris_x, iris_y),
    "logistic_text_labels": _sklearn(linear_model.LogisticRegression(), iris_x, iris_names),
    "logistic_binary": _sklearn(linear_model.LogisticRegression(), two_x, two_y),
    "logistic_no_zipmap": _sklearn(linear_model.LogisticRegression(), iris_x, iris_y, zipmap=False),
    "logistic_raw_scores": _sklearn(linear_model.LogisticRegression(), iris_x, iris_y, raw_scores=True, zipmap=False),
    "one_vs_rest": _sklearn(OneVsRestClassifier(linear_model.LogisticRegression()), iris_x, iris_y),
    "ridge_classifier": _sklearn(linear_model.RidgeClassifier(), iris_x, iris_y),
    "perceptron": _sklearn(linear_model.Perceptron(random_state=SEED), iris_x, iris_y),
    "sgd_log_loss": _sklearn(linear_model.SGDClassifier(loss="log_loss", random_state=SEED), two_x, two_y),
    "linear_regression": _sklearn(linear_model.LinearRegression(), diabetes_x, diabetes_y),
    "linear_regression_two_targets": _sklearn(
        linear_model.LinearRegression(), diabetes_x, numpy.stack([diabetes_y, -diabetes_y], 1)),
    "ridge": _sklearn(linear_model.Ridge(), diabetes_x, diabetes_y),
    "lasso": _sklearn(linear_model.Lasso(), diabetes_x, diabetes_y),
    "poisson": _sklearn(linear_model.PoissonRegressor(), diabetes_x, diabetes_y),
    "decision_tree_classifier": _sklearn(tree.DecisionTreeClassifier(max_depth=4, random_state=SEED), iris_x, iris_y),
    "decision_tree_regressor": _sklearn(tree.DecisionTreeRegressor(max_depth=4, random_state=SEED), diabetes_x, diabetes_y),
    "random_forest_classifier": _sklearn(ensemble.RandomForestClassifier(max_depth=9, **few), iris_x, iris_names),
    "random_forest_regressor": _sklearn(ensemble.RandomForestRegressor(max_depth=5, **few), diabetes_x, diabetes_y),
    "random_forest_deep": _sklearn(ensemble.RandomForestRegressor(n_estimators=2, random_state=SEED), diabetes_x, diabetes_y),
    "extra_trees": _sklearn(ensemble.ExtraTreesClassifier(max_depth=6, **few), cancer_x, cancer_y),
    "gradient_boosting_binary": _sklearn(ensemble.GradientBoostingClassifier(**few), cancer_x, cancer_y),
    "gradient_boosting_multiclass": _sklearn(ensemble.GradientBoostingClassifier(**few), iris_x, iris_y),
    "gradient_boosting_regressor": _sklearn(ensemble.GradientBoostingRegressor(**few), diabetes_x, diabetes_y),
    "ada_boost": _sklearn(ensemble.AdaBoostClassifier(n_estimators=4, random_state=SEED), iris_x, iris_y),
    "bagging": _sklearn(ensemble.BaggingClassifier(n_estimators=3, random_state=SEED), iris_x, iris_y),
    "voting": _sklearn(
        ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))],
                                  voting="soft", flatten_transform=False), iris_x, iris_y),
    "isolation_forest": _sklearn(ensemble.IsolationForest(n_estimators=3, random_state=SEED, max_samples=32), iris_x, None),
    "svc_rbf": _sklearn(svm.SVC(), iris_x, iris_y),
    "svc_rbf_probability": _sklearn(svm.SVC(probability=True, random_state=SEED), iris_x, iris_y),
    "svc_binary": _sklearn(svm.SVC(kernel="poly", degree=3), two_x, two_y),
    "svc_binary_probability": _sklearn(svm.SVC(kernel="linear", probability=True, random_state=SEED), two_x, two_y),
    "svc_sigmoid": _sklearn(svm.SVC(kernel="sigmoid"), iris_x, iris_names),
    "linear_svc": _sklearn(svm.LinearSVC(random_state=SEED), iris_x, iris_y),
    "svr_rbf": _sklearn(svm.SVR(), diabetes_x[:120], diabetes_y[:120]),
    "svr_linear": _sklearn(svm.SVR(kernel="linear"), diabetes_x[:120], diabetes_y[:120]),
    "nu_svr_poly": _sklearn(svm.NuSVR(kernel="poly", degree=2), diabetes_x[:120], diabetes_y[:120]),
    "one_class_svm": _sklearn(svm.OneClassSVM(), iris_x, None),
    "gaussian_nb": _sklearn(naive_bayes.GaussianNB(), iris_x, iris_y),
    "multinomial_nb": _sklearn(naive_bayes.MultinomialNB(), iris_x, iris_y),
    "bernoulli_nb": _sklearn(naive_bayes.BernoulliNB(binarize=2.0), iris_x, iris_y),
    "k_neighbors": _sklearn(KNeighborsClassifier(3), iris_x[::3], iris_y[::3]),
    "mlp_classifier": _sklearn(neural_network.MLPClassifier((8, 5), max_iter=400, random_state=SEED), iris_x, iris_y),
    "mlp_regressor": _sklearn(neural_network.MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, random_state=SEED), diabetes_x, diabetes_y),
    "standard_scaler": _sklearn(StandardScaler(), iris_x, None),
    "min_max_scaler": _sklearn(MinMaxScaler(), iris_x, None),
    "robust_scaler": _sklearn(RobustScaler(), iris_x, None),
    "normalizer_l2": _sklearn(Normalizer("l2"), diabetes_x, None),
    "normalizer_l1": _sklearn(Normalizer("l1"), diabetes_x, None),
    "normalizer_max": _sklearn(Normalizer("max"), iris_x, None),
    "binarizer": _sklearn(Binarizer(threshold=3.0), iris_x, None),
    "k_bins": _sklearn(KBinsDiscretizer(4, encode="ordinal"), iris_x, None),
    "k_bins_one_hot": _sklearn(KBinsDiscretizer(4, encode="onehot-dense"), iris_x, None),
    "simple_imputer": _sklearn(SimpleImputer(strategy="median"), _with_missing(iris_x), None),
    "select_k_best": _sklearn(SelectKBest(k=2), iris_x, iris_y),
    "polynomial_features": _sklearn(PolynomialFeatures(2), iris_x, None),
    "pca_pipeline": _sklearn(make_pipeline(StandardScaler(), PCA(2), linear_model.LogisticRegression()), iris_x, iris_y),
    "column_transformer": _column_transformer,
    "one_hot_integers": _one_hot_integers,
    "ordinal_encoder": _ordinal,
    "tfidf_words": _text(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()),
    "tfidf_bigrams": _text(feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2)), linear_model.LogisticRegression()),
    "tfidf_characters": _text(
        feature_extraction.text.TfidfVectorizer(analyzer="char", ngram_range=(2, 3)), linear_model.LogisticRegression()),
    "count_words": _text(feature_extraction.text.CountVectorizer(), naive_bayes.MultinomialNB()),
    "count_stop_words": _text(feature_extraction.text.CountVectorizer(stop_words=["the", "der", "das", "und"])),
}
CASES.update(_boosters())
