extension Operators {
    // swift-format-ignore
    static let attention: [OperatorEntry] = [
        //            domain           name                               since  inputs
        OperatorEntry("",              "Attention",                         23, inputs: 3...7,  AttentionOperator.make),
        OperatorEntry("",              "RotaryEmbedding",                   23, inputs: 3...4,  RotaryEmbedding.standard),
        OperatorEntry("",              "RMSNormalization",                  23, inputs: 2...2,  RMSNormalization.init),
        OperatorEntry("",              "SimplifiedLayerNormalization",      1,  inputs: 2...2,  RMSNormalization.init),
        OperatorEntry("",              "GroupNormalization",                18, inputs: 3...3,  GroupNormalization.init),
        OperatorEntry("com.microsoft", "MultiHeadAttention",                1,  inputs: 1...10, MultiHeadAttention.init),
        OperatorEntry("com.microsoft", "GroupQueryAttention",               1,  inputs: 1...16, GroupQueryAttention.init),
        OperatorEntry("com.microsoft", "Attention",                         1,  inputs: 2...7,  ProjectedAttention.init),
        OperatorEntry("com.microsoft", "RotaryEmbedding",                   1,  inputs: 4...4,  RotaryEmbedding.microsoft),
        OperatorEntry("com.microsoft", "SkipLayerNormalization",            1,  inputs: 3...5,  SkipLayerNormalization.full),
        OperatorEntry("com.microsoft", "SkipSimplifiedLayerNormalization",  1,  inputs: 3...4,  SkipLayerNormalization.simplified),
        OperatorEntry("com.microsoft", "EmbedLayerNormalization",           1,  inputs: 7...9,  EmbedLayerNormalization.init),
        OperatorEntry("com.microsoft", "FusedMatMul",                       1,  inputs: 2...2,  FusedMatMul.init),
        OperatorEntry("com.microsoft", "BiasGelu",                          1,  inputs: 2...2,  BiasActivation.gelu),
        OperatorEntry("com.microsoft", "FastGelu",                          1,  inputs: 1...2,  BiasActivation.fastGelu),
        OperatorEntry("com.microsoft", "QuickGelu",                         1,  inputs: 1...1,  BiasActivation.quickGelu),
    ]
}
