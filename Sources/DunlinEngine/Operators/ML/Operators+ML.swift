extension Operators {
    // swift-format-ignore
    static let ml: [OperatorEntry] = [
        //            domain        name                      since  inputs
        OperatorEntry("ai.onnx.ml", "ArrayFeatureExtractor",  1,     inputs: 2...2, ArrayFeatureExtractor.init),
        OperatorEntry("ai.onnx.ml", "Binarizer",              1,     inputs: 1...1, Binarizer.init),
        OperatorEntry("ai.onnx.ml", "CategoryMapper",         1,     inputs: 1...1, LabelEncoder.categoryMapper),
        OperatorEntry("ai.onnx.ml", "FeatureVectorizer",      1,     inputs: 1...1024, FeatureVectorizer.init),
        OperatorEntry("ai.onnx.ml", "Imputer",                1,     inputs: 1...1, Imputer.init),
        OperatorEntry("ai.onnx.ml", "LabelEncoder",           1,     inputs: 1...1, LabelEncoder.version1),
        OperatorEntry("ai.onnx.ml", "LabelEncoder",           2,     inputs: 1...1, LabelEncoder.version2),
        OperatorEntry("ai.onnx.ml", "LinearClassifier",       1,     inputs: 1...1, LinearClassifier.make),
        OperatorEntry("ai.onnx.ml", "LinearRegressor",        1,     inputs: 1...1, LinearRegressor.init),
        OperatorEntry("ai.onnx.ml", "Normalizer",             1,     inputs: 1...1, Normalizer.init),
        OperatorEntry("ai.onnx.ml", "OneHotEncoder",          1,     inputs: 1...1, OneHotEncoder.init),
        OperatorEntry("ai.onnx.ml", "SVMClassifier",          1,     inputs: 1...1, SVMClassifier.make),
        OperatorEntry("ai.onnx.ml", "SVMRegressor",           1,     inputs: 1...1, SVMRegressor.init),
        OperatorEntry("ai.onnx.ml", "Scaler",                 1,     inputs: 1...1, Scaler.init),
        OperatorEntry("ai.onnx.ml", "TreeEnsemble",           5,     inputs: 1...1, TreeEnsembleRegressor.init(ensemble:)),
        OperatorEntry("ai.onnx.ml", "TreeEnsembleClassifier", 1,     inputs: 1...1, TreeEnsembleClassifier.make),
        OperatorEntry("ai.onnx.ml", "TreeEnsembleRegressor",  1,     inputs: 1...1, TreeEnsembleRegressor.init(_:)),
        OperatorEntry("ai.onnx.ml", "ZipMap",                 1,     inputs: 1...1, ZipMap.init),
        OperatorEntry("com.microsoft", "CDist",               1,     inputs: 2...2, CDist.init),
    ]
}
