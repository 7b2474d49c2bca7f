extension Operators {
    // swift-format-ignore
    static let quantization: [OperatorEntry] = [
        //            domain           name                        since  inputs
        OperatorEntry("",              "QuantizeLinear",           10, inputs: 2...3, LinearQuantization.quantize),
        OperatorEntry("",              "DequantizeLinear",         10, inputs: 2...3, LinearQuantization.dequantize),
        OperatorEntry("",              "DynamicQuantizeLinear",    11, inputs: 1...1, DynamicQuantizeLinear.init),
        OperatorEntry("",              "MatMulInteger",            10, inputs: 2...4, IntegerProduct.matMulInteger),
        OperatorEntry("",              "ConvInteger",              10, inputs: 2...4, IntegerConvolution.integer),
        OperatorEntry("",              "QLinearMatMul",            10, inputs: 8...8, IntegerProduct.qLinearMatMul),
        OperatorEntry("",              "QLinearConv",              10, inputs: 8...9, IntegerConvolution.qLinear),
        OperatorEntry("com.microsoft", "QuantizeLinear",           1,  inputs: 2...3, LinearQuantization.quantize),
        OperatorEntry("com.microsoft", "DequantizeLinear",         1,  inputs: 2...3, LinearQuantization.dequantize),
        OperatorEntry("com.microsoft", "QLinearAdd",               1,  inputs: 2...8, QuantizedCombine.add),
        OperatorEntry("com.microsoft", "QLinearMul",               1,  inputs: 2...8, QuantizedCombine.multiply),
        OperatorEntry("com.microsoft", "QLinearSigmoid",           1,  inputs: 2...5, QuantizedTable.sigmoid),
        OperatorEntry("com.microsoft", "QLinearLeakyRelu",         1,  inputs: 2...5, QuantizedTable.leakyRelu),
        OperatorEntry("com.microsoft", "QLinearSoftmax",           1,  inputs: 2...5, QuantizedSoftmax.init),
        OperatorEntry("com.microsoft", "QLinearWhere",             1,  inputs: 9...9, QuantizedWhere.init),
        OperatorEntry("com.microsoft", "DynamicQuantizeLSTM",      1,  inputs: 3...12, Recurrent.dynamicQuantizeLSTM),
        OperatorEntry("com.microsoft", "QLinearAveragePool",       1,  inputs: 2...5, QuantizedAveragePool.init),
        OperatorEntry("com.microsoft", "QLinearGlobalAveragePool", 1,  inputs: 2...5, QuantizedGlobalAveragePool.init),
        OperatorEntry("com.microsoft", "QLinearConcat",            1,  inputs: 5...mostInputs, QuantizedConcat.init),
        OperatorEntry("com.microsoft", "QGemm",                    1,  inputs: 6...9, IntegerProduct.qGemm),
        OperatorEntry("com.microsoft", "DynamicQuantizeMatMul",    1,  inputs: 3...5, IntegerProduct.dynamicQuantizeMatMul),
        OperatorEntry("com.microsoft", "MatMulIntegerToFloat",     1,  inputs: 4...7, IntegerProduct.matMulIntegerToFloat),
    ]
}
