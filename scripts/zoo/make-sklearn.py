#!/usr/bin/env python3
"""Builds ONNX models of scikit-learn, LightGBM and XGBoost, as their converters export them.

    MODEL_DIR=DIR make-sklearn.py [NAME ...]

Every model is trained on data that scikit-learn bundles or makes, with fixed seeds. Rows are given as they are met in
service: values that were not trained on, missing values where the estimator takes them, unknown categories.
"""

import sys
import warnings

sys.dont_write_bytecode = True

import numpy
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn import (
    calibration, cluster, datasets, decomposition, discriminant_analysis, ensemble, feature_extraction,
    feature_selection, gaussian_process, linear_model, mixture, multiclass, naive_bayes, neighbors, neural_network,
    preprocessing, svm, tree)
from sklearn.compose import ColumnTransformer
from sklearn.gaussian_process import kernels
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline

import zoo

OPSET = {"": 18, "ai.onnx.ml": 3}
SEED = 7
ROWS = 40

iris_x, iris_y = datasets.load_iris(return_X_y=True)
iris_x = iris_x.astype(numpy.float32)
iris_names = datasets.load_iris().target_names[iris_y].astype(str)
cancer_x, cancer_y = datasets.load_breast_cancer(return_X_y=True)
cancer_x = cancer_x.astype(numpy.float32)
wine_x, wine_y = datasets.load_wine(return_X_y=True)
wine_x = wine_x.astype(numpy.float32)
digits_x, digits_y = datasets.load_digits(return_X_y=True)
digits_x = digits_x.astype(numpy.float32) / 16
diabetes_x, diabetes_y = datasets.load_diabetes(return_X_y=True)
diabetes_x = diabetes_x.astype(numpy.float32)
two_targets = numpy.stack([diabetes_y, diabetes_y[::-1]], 1)
TOPICS = {
    "ship": "the ship sails over the sea; waves and wind; a sailor in the harbour looks at the stars",
    "code": "the program reads a file; a function returns the value; threads wait for the lock and run",
    "cook": "boil the water, add salt and rice; an onion, some butter, a spoon of sugar for the sauce",
}


def sample(x, y=None):
    """Rows from all over `x`, moved a little, so that they are not the very rows that thresholds were taken from."""
    rows = x[:: max(1, len(x) // ROWS)][:ROWS].copy()
    noise = numpy.random.default_rng(SEED).normal(size=rows.shape).astype(rows.dtype)
    return rows + noise * rows.std(axis=0, keepdims=True) * rows.dtype.type(0.05)


def with_missing(x):
    x = x.copy()
    x[numpy.random.default_rng(SEED).random(x.shape) < 0.1] = numpy.nan
    return x


def sk(model, data, rows=None, kind=FloatTensorType, opset=OPSET, **options):
    """A fitted model of one matrix; `options` are the converter's."""
    def make():
        x, y = data
        model.fit(x, y) if y is not None else model.fit(x)
        onnx_model = to_onnx(
            model, initial_types=[("X", kind([None, x.shape[1]]))], target_opset=opset,
            options={id(model): options} if options else None)
        return onnx_model, {"X": sample(x) if rows is None else rows}
    return make


def histogram(model, data, **options):
    """The converter writes booleans where onnx wants integers: they become such on their way."""
    make = sk(model, data, **options)

    def made():
        import onnx.helper

        plain = onnx.helper.make_attribute

        def patched(key, value, *rest, **more):
            if isinstance(value, list) and any(isinstance(element, (bool, numpy.bool_)) for element in value):
                value = [int(element) for element in value]
            return plain(key, value, *rest, **more)

        onnx.helper.make_attribute = patched
        try:
            return make()
        finally:
            onnx.helper.make_attribute = plain
    return made


def texts():
    generator = numpy.random.default_rng(SEED)
    lines, topics = [], []
    for _ in range(90):
        topic = str(generator.choice(list(TOPICS)))
        words = TOPICS[topic].split()
        lines.append(" ".join(generator.choice(words, generator.integers(2, 12))))
        topics.append(topic)
    return lines, topics


def text(vectorizer, *steps):
    def make():
        lines, topics = texts()
        model = make_pipeline(vectorizer, *steps)
        model.fit(lines, topics)
        onnx_model = to_onnx(
            model, initial_types=[("text", StringTensorType([None, 1]))], target_opset=OPSET,
            options={type(vectorizer): {"locale": "C.UTF-8"}})
        tests = lines[:ROWS] + ["", "nothing known", "THE Sea, the sea!"]
        return onnx_model, {"text": numpy.array(tests, dtype=object).reshape(-1, 1)}
    return make


def columns(last, label=iris_names, imputer=None):
    """Numbers with missing values beside words, some of them unknown."""
    def make():
        generator = numpy.random.default_rng(SEED)
        numbers = with_missing(iris_x[:, :3])
        words = generator.choice(["red", "green", "blue"], (len(iris_x), 2)).astype(str)
        both = numpy.concatenate([numbers.astype(object), words.astype(object)], axis=1)
        model = make_pipeline(
            ColumnTransformer([
                ("numbers", make_pipeline(imputer or SimpleImputer(), preprocessing.StandardScaler()), [0, 1, 2]),
                ("words", preprocessing.OneHotEncoder(handle_unknown="ignore"), [3, 4]),
            ]), last)
        model.fit(both, label)
        types = [("numbers", FloatTensorType([None, 3])), ("words", StringTensorType([None, 2]))]
        onnx_model = to_onnx(model, initial_types=types, target_opset=OPSET)
        test = words[:ROWS].astype(object)
        test[3, 0] = "violet"
        return onnx_model, {"numbers": numbers[:ROWS], "words": test}
    return make


def words(encoder):
    def make():
        x = numpy.random.default_rng(SEED).choice(["low", "middle", "high"], (60, 2)).astype(str)
        encoder.fit(x)
        onnx_model = to_onnx(encoder, initial_types=[("X", StringTensorType([None, 2]))], target_opset=OPSET)
        return onnx_model, {"X": x[:ROWS].astype(object)}
    return make


def integers(model, high=4):
    def make():
        x = numpy.random.default_rng(SEED).integers(0, high, (120, 3))
        y = x.sum(axis=1) % 2
        model.fit(x, y)
        return to_onnx(model, initial_types=[("X", Int64TensorType([None, 3]))], target_opset=OPSET), {"X": x[:ROWS]}
    return make


def booster(convert, model, data, missing=True, **options):
    """`convert` names the function of onnxmltools."""
    def make():
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType as Floats

        x, y = data
        fit = {"categorical_feature": options.pop("categories")} if "categories" in options else {}
        model.fit(x, y, **fit)
        onnx_model = getattr(onnxmltools, convert)(
            model, initial_types=[("X", Floats([None, x.shape[1]]))], target_opset=15, **options)
        return onnx_model, {"X": with_missing(sample(x)) if missing else sample(x)}
    return make


iris, named, cancer, wine = (iris_x, iris_y), (iris_x, iris_names), (cancer_x, cancer_y), (wine_x, wine_y)
digits, diabetes, twins = (digits_x, digits_y), (diabetes_x, diabetes_y), (diabetes_x, two_targets)
few = dict(n_estimators=20, random_state=SEED)
scaled = preprocessing.StandardScaler


def linear_models():
    m = linear_model
    return {
        "logistic_zipmap": sk(m.LogisticRegression(max_iter=500), iris),
        "logistic_zipmap_names": sk(m.LogisticRegression(max_iter=500), named),
        "logistic_columns": sk(m.LogisticRegression(max_iter=500), named, zipmap="columns"),
        "logistic_digits": sk(m.LogisticRegression(max_iter=500), digits, zipmap=False),
        "logistic_cv": sk(m.LogisticRegressionCV(Cs=3, cv=3, max_iter=300), iris, zipmap=False),
        "logistic_double": sk(
            m.LogisticRegression(max_iter=500), (iris_x.astype(numpy.float64), iris_y), kind=DoubleTensorType,
            zipmap=False),
        "logistic_scaled": sk(make_pipeline(scaled(), m.LogisticRegression()), cancer),
        "linear_regression": sk(m.LinearRegression(), diabetes),
        "linear_two_targets": sk(m.LinearRegression(), twins),
        "ridge": sk(m.Ridge(), diabetes),
        "ridge_cv": sk(m.RidgeCV(), diabetes),
        "ridge_classifier": sk(m.RidgeClassifier(), iris, zipmap=False),
        "lasso": sk(m.Lasso(0.1), diabetes),
        "lasso_lars": sk(m.LassoLars(0.01), diabetes),
        "elastic_net": sk(m.ElasticNet(0.01), diabetes),
        "bayesian_ridge": sk(m.BayesianRidge(), diabetes),
        "huber": sk(m.HuberRegressor(max_iter=1000), diabetes),
        "theil_sen": sk(m.TheilSenRegressor(random_state=SEED, max_subpopulation=200), diabetes),
        "ransac": sk(m.RANSACRegressor(random_state=SEED), diabetes),
        "poisson": sk(m.PoissonRegressor(), diabetes),
        "gamma": sk(m.GammaRegressor(), diabetes),
        "tweedie": sk(m.TweedieRegressor(power=1.5), diabetes),
        "sgd_classifier": sk(m.SGDClassifier(loss="log_loss", random_state=SEED), iris, zipmap=False),
        "sgd_hinge": sk(m.SGDClassifier(random_state=SEED), cancer, raw_scores=True, zipmap=False),
        "sgd_regressor": sk(m.SGDRegressor(random_state=SEED), diabetes),
        "perceptron": sk(m.Perceptron(random_state=SEED), iris, zipmap=False),
        "passive_aggressive": sk(m.SGDClassifier(loss="hinge", penalty=None, random_state=SEED), wine, zipmap=False),
    }


def vector_machines():
    return {
        "svc_linear": sk(svm.SVC(kernel="linear"), iris, zipmap=False),
        "svc_poly": sk(svm.SVC(kernel="poly"), iris, zipmap=False),
        "svc_rbf": sk(svm.SVC(), wine, zipmap=False),
        "svc_rbf_probability": sk(svm.SVC(probability=True, random_state=SEED), iris),
        "svc_binary_probability": sk(svm.SVC(probability=True, random_state=SEED), cancer, zipmap=False),
        "svc_sigmoid": sk(svm.SVC(kernel="sigmoid"), named, zipmap=False),
        "nu_svc": sk(svm.NuSVC(probability=True, random_state=SEED), iris, zipmap=False),
        "linear_svc": sk(svm.LinearSVC(random_state=SEED), iris),
        "svr_linear": sk(svm.SVR(kernel="linear"), diabetes),
        "svr_rbf": sk(svm.SVR(), diabetes),
        "nu_svr_poly": sk(svm.NuSVR(kernel="poly", degree=2), diabetes),
        "linear_svr": sk(svm.LinearSVR(random_state=SEED, max_iter=20000), diabetes),
        "one_class_svm": sk(svm.OneClassSVM(nu=0.1), iris[:1] + (None,)),
    }


def forests():
    e = ensemble
    return {
        "tree_classifier": sk(tree.DecisionTreeClassifier(max_depth=6, random_state=SEED), named),
        "tree_regressor": sk(tree.DecisionTreeRegressor(max_depth=6, random_state=SEED), diabetes),
        "tree_two_targets": sk(tree.DecisionTreeRegressor(max_depth=5, random_state=SEED), twins),
        "extra_tree": sk(tree.ExtraTreeClassifier(max_depth=6, random_state=SEED), iris, zipmap=False),
        "forest_classifier": sk(e.RandomForestClassifier(**few), digits, zipmap=False),
        "forest_binary": sk(e.RandomForestClassifier(max_depth=10, **few), cancer),
        "forest_regressor": sk(e.RandomForestRegressor(**few), diabetes),
        "forest_two_targets": sk(e.RandomForestRegressor(max_depth=6, **few), twins),
        "forest_double": sk(
            e.RandomForestClassifier(max_depth=8, **few), (wine_x.astype(numpy.float64), wine_y),
            kind=DoubleTensorType, zipmap=False),
        "extra_trees_classifier": sk(e.ExtraTreesClassifier(max_depth=9, **few), wine),
        "extra_trees_regressor": sk(e.ExtraTreesRegressor(max_depth=9, **few), diabetes),
        "boosting_binary": sk(e.GradientBoostingClassifier(**few), cancer, zipmap=False),
        "boosting_multiclass": sk(e.GradientBoostingClassifier(**few), named),
        "boosting_regressor": sk(e.GradientBoostingRegressor(**few), diabetes),
        "hist_boosting_classifier": histogram(e.HistGradientBoostingClassifier(max_iter=20), wine, zipmap=False),
        "hist_boosting_regressor": histogram(e.HistGradientBoostingRegressor(max_iter=20), diabetes),
        "ada_boost_classifier": sk(e.AdaBoostClassifier(n_estimators=10, random_state=SEED), iris),
        "ada_boost_regressor": sk(e.AdaBoostRegressor(n_estimators=10, random_state=SEED), diabetes),
        "bagging_classifier": sk(e.BaggingClassifier(n_estimators=8, random_state=SEED), iris, zipmap=False),
        "bagging_regressor": sk(e.BaggingRegressor(n_estimators=8, random_state=SEED), diabetes),
        "isolation_forest": sk(
            e.IsolationForest(n_estimators=20, random_state=SEED, max_samples=64), (iris_x, None)),
        "voting_classifier": sk(
            e.VotingClassifier(
                [("a", linear_model.LogisticRegression(max_iter=500)), ("b", tree.DecisionTreeClassifier(max_depth=3))],
                voting="soft", flatten_transform=False), iris, zipmap=False),
        "voting_hard": sk(
            e.VotingClassifier(
                [("a", linear_model.LogisticRegression(max_iter=500)), ("b", tree.DecisionTreeClassifier(max_depth=3)),
                 ("c", naive_bayes.GaussianNB())], voting="hard", flatten_transform=False), iris, zipmap=False),
        "voting_regressor": sk(
            e.VotingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3))]), diabetes),
        "stacking_classifier": sk(
            e.StackingClassifier(
                [("a", linear_model.LogisticRegression(max_iter=500)), ("b", tree.DecisionTreeClassifier(max_depth=3))]),
            iris, zipmap=False),
        "stacking_regressor": sk(
            e.StackingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3))]), diabetes),
    }


def others():
    n, nb = neighbors, naive_bayes
    process = lambda kernel, **options: sk(
        gaussian_process.GaussianProcessRegressor(kernel, random_state=SEED, alpha=0.5),
        (diabetes_x[:80] * 20, diabetes_y[:80] / 100), **options)
    return {
        "mlp_classifier": sk(neural_network.MLPClassifier((32, 16), max_iter=300, random_state=SEED), digits),
        "mlp_binary": sk(
            make_pipeline(scaled(), neural_network.MLPClassifier((8,), max_iter=500, random_state=SEED)), cancer),
        "mlp_regressor": sk(neural_network.MLPRegressor(hidden_layer_sizes=(16,), max_iter=500, random_state=SEED), diabetes),
        "mlp_tanh": sk(
            neural_network.MLPRegressor(hidden_layer_sizes=(16,), activation="tanh", max_iter=500, random_state=SEED), diabetes),
        "knn_classifier": sk(n.KNeighborsClassifier(5), iris, zipmap=False),
        "knn_distance": sk(n.KNeighborsClassifier(4, weights="distance"), wine, zipmap=False),
        "knn_manhattan": sk(n.KNeighborsClassifier(3, metric="manhattan"), iris),
        "knn_regressor": sk(n.KNeighborsRegressor(5), diabetes),
        "knn_optimized": sk(n.KNeighborsClassifier(5), iris, zipmap=False, optim="cdist"),
        "knn_regressor_optimized": sk(n.KNeighborsRegressor(5), diabetes, optim="cdist"),
        "gaussian_process": sk(
            gaussian_process.GaussianProcessRegressor(random_state=SEED, alpha=0.5),
            (diabetes_x[:80] * 20, diabetes_y[:80] / 100)),
        "gaussian_process_deviation": process(None, return_std=True),
        "gaussian_process_cdist": process(None, optim="cdist"),
        "gaussian_process_sum": process(
            kernels.ConstantKernel(2.0) * kernels.RBF(2.0) + kernels.WhiteKernel(0.5)),
        "gaussian_process_rational": process(kernels.RationalQuadratic()),
        "knn_minkowski": sk(n.KNeighborsClassifier(3, metric="minkowski", p=3), iris),
        "knn_cosine": sk(n.KNeighborsClassifier(3, metric="cosine"), iris),
        "knn_transformer": sk(n.KNeighborsTransformer(n_neighbors=3), (iris_x, None)),
        "gaussian_nb": sk(nb.GaussianNB(), iris, zipmap=False),
        "multinomial_nb": sk(nb.MultinomialNB(), digits, zipmap=False),
        "bernoulli_nb": sk(nb.BernoulliNB(binarize=0.5), digits, zipmap=False),
        "complement_nb": sk(nb.ComplementNB(), digits, zipmap=False),
        "categorical_nb": integers(nb.CategoricalNB()),
        "lda": sk(discriminant_analysis.LinearDiscriminantAnalysis(), iris, zipmap=False),
        "qda": sk(discriminant_analysis.QuadraticDiscriminantAnalysis(), iris, zipmap=False),
        "k_means": sk(cluster.KMeans(4, random_state=SEED, n_init=3), (iris_x, None)),
        "mini_batch_k_means": sk(cluster.MiniBatchKMeans(4, random_state=SEED, n_init=3), (iris_x, None)),
        "gaussian_mixture": sk(mixture.GaussianMixture(3, random_state=SEED), (iris_x, None)),
        "local_outlier_factor": sk(n.LocalOutlierFactor(n_neighbors=10, novelty=True), (iris_x, None)),
        "calibrated_sigmoid": sk(
            calibration.CalibratedClassifierCV(svm.LinearSVC(random_state=SEED), cv=3), iris, zipmap=False),
        "calibrated_isotonic": sk(
            calibration.CalibratedClassifierCV(nb.GaussianNB(), cv=3, method="isotonic"), iris, zipmap=False),
        "one_vs_rest": sk(
            multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), wine, zipmap=False),
        "one_vs_one": sk(multiclass.OneVsOneClassifier(linear_model.LogisticRegression()), iris),
    }


def transformers():
    p, d, f = preprocessing, decomposition, feature_selection
    alone = lambda model, x=iris_x, **rest: sk(model, (x, None), **rest)
    return {
        "standard_scaler": alone(p.StandardScaler()),
        "min_max_scaler": alone(p.MinMaxScaler(clip=True)),
        "max_abs_scaler": alone(p.MaxAbsScaler()),
        "robust_scaler": alone(p.RobustScaler()),
        "normalizer_l1": alone(p.Normalizer("l1")),
        "normalizer_l2": alone(p.Normalizer("l2")),
        "normalizer_max": alone(p.Normalizer("max")),
        "binarizer": alone(p.Binarizer(threshold=3.0)),
        "power_transformer": alone(p.PowerTransformer()),
        "quantile_transformer": alone(p.QuantileTransformer(n_quantiles=20, random_state=SEED)),
        "k_bins_ordinal": alone(p.KBinsDiscretizer(4, encode="ordinal", quantile_method="linear")),
        "k_bins_one_hot": alone(p.KBinsDiscretizer(4, encode="onehot-dense", quantile_method="linear")),
        "polynomial_features": sk(
            make_pipeline(p.PolynomialFeatures(2), scaled(), linear_model.Ridge()), diabetes),
        "one_hot_words": words(p.OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
        "one_hot_integers": integers(
            make_pipeline(p.OneHotEncoder(handle_unknown="ignore"), linear_model.LogisticRegression())),
        "ordinal_words": words(p.OrdinalEncoder()),
        "simple_imputer": alone(SimpleImputer(strategy="median"), with_missing(iris_x), rows=with_missing(sample(iris_x))),
        "knn_imputer": alone(KNNImputer(n_neighbors=3), with_missing(iris_x), rows=with_missing(sample(iris_x))),
        "pca": alone(d.PCA(2)),
        "pca_whitened": sk(make_pipeline(scaled(), d.PCA(8, whiten=True), linear_model.LogisticRegression()), cancer),
        "truncated_svd": alone(d.TruncatedSVD(3, random_state=SEED), digits_x),
        "incremental_pca": alone(d.IncrementalPCA(4), digits_x),
        "kernel_pca": alone(d.KernelPCA(3, kernel="rbf"), iris_x[::3].copy()),
        "select_k_best": sk(f.SelectKBest(k=2), iris),
        "select_percentile": sk(make_pipeline(f.SelectPercentile(percentile=40), linear_model.Ridge()), diabetes),
        "variance_threshold": alone(f.VarianceThreshold(0.05), digits_x),
        "select_from_model": sk(
            make_pipeline(f.SelectFromModel(tree.DecisionTreeClassifier(random_state=SEED)), naive_bayes.GaussianNB()),
            wine),
        "feature_union": sk(
            make_pipeline(
                FeatureUnion([("a", p.StandardScaler()), ("b", p.MinMaxScaler())]),
                linear_model.LogisticRegression()), wine),
        "random_projection": sk(
            make_pipeline(
                __import__("sklearn.random_projection").random_projection.GaussianRandomProjection(
                    8, random_state=SEED),
                linear_model.Ridge()), diabetes),
        "columns_logistic": columns(linear_model.LogisticRegression()),
        "columns_forest": columns(ensemble.RandomForestClassifier(max_depth=6, **few)),
        "columns_regressor": columns(linear_model.Ridge(), label=iris_x[:, 3]),
        "columns_constant": columns(
            ensemble.GradientBoostingClassifier(**few), imputer=SimpleImputer(strategy="constant", fill_value=-1)),
    }


def text_models():
    t = feature_extraction.text
    return {
        "tfidf_logistic": text(t.TfidfVectorizer(), linear_model.LogisticRegression()),
        "tfidf_bigrams_sgd": text(
            t.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), linear_model.SGDClassifier(random_state=SEED)),
        "tfidf_characters": text(
            t.TfidfVectorizer(analyzer="char", ngram_range=(2, 3)), linear_model.LogisticRegression()),
        "tfidf_svd": text(t.TfidfVectorizer(), decomposition.TruncatedSVD(5, random_state=SEED)),
        "count_multinomial": text(t.CountVectorizer(), naive_bayes.MultinomialNB()),
        "count_stop_words": text(
            t.CountVectorizer(stop_words=["the", "a", "and"]), linear_model.LogisticRegression()),
        "count_binary_forest": text(
            t.CountVectorizer(binary=True), ensemble.RandomForestClassifier(max_depth=6, **few)),
    }


def boosters():
    import lightgbm
    import xgboost

    light = dict(few, min_child_samples=5, num_leaves=15, verbose=-1, n_jobs=1)
    extreme = dict(few, max_depth=5, n_jobs=1)
    kinds = numpy.random.default_rng(SEED).integers(0, 6, (len(iris_x), 1)).astype(numpy.float32)
    mixed = (numpy.concatenate([iris_x, kinds], axis=1), iris_y)
    lgb = lambda model, data, **rest: booster("convert_lightgbm", model, data, **rest)
    xgb = lambda model, data, **rest: booster("convert_xgboost", model, data, **rest)
    return {
        "lightgbm_binary": lgb(lightgbm.LGBMClassifier(**light), cancer, zipmap=False),
        "lightgbm_multiclass": lgb(lightgbm.LGBMClassifier(**light), digits, zipmap=False),
        "lightgbm_zipmap": lgb(lightgbm.LGBMClassifier(**light), iris),
        "lightgbm_regressor": lgb(lightgbm.LGBMRegressor(**light), diabetes),
        "lightgbm_poisson": lgb(lightgbm.LGBMRegressor(objective="poisson", **light), diabetes),
        "lightgbm_dart": lgb(lightgbm.LGBMRegressor(boosting_type="dart", **light), diabetes),
        "lightgbm_random_forest": lgb(
            lightgbm.LGBMRegressor(boosting_type="rf", subsample=0.6, subsample_freq=1, **light), diabetes),
        "lightgbm_categories": lgb(lightgbm.LGBMClassifier(**light), mixed, categories=[4], missing=False),
        "lightgbm_split": lgb(lightgbm.LGBMRegressor(**light), diabetes, split=5),
        "xgboost_binary": xgb(xgboost.XGBClassifier(**extreme), cancer),
        "xgboost_multiclass": xgb(xgboost.XGBClassifier(**extreme), digits),
        "xgboost_regressor": xgb(xgboost.XGBRegressor(**extreme), diabetes),
        "xgboost_poisson": xgb(xgboost.XGBRegressor(objective="count:poisson", **extreme), diabetes),
        "xgboost_random_forest": xgb(xgboost.XGBRFRegressor(**extreme), diabetes),
    }


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    cases = {}
    for family in (linear_models, vector_machines, forests, others, transformers, text_models, boosters):
        cases.update(family())
    zoo.make_all(cases)
