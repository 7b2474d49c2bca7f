extension Operators {
    // swift-format-ignore
    static let text: [OperatorEntry] = [
        //            domain           name                since  inputs
        OperatorEntry("",              "StringNormalizer", 10,    inputs: 1...1, StringNormalizer.init),
        OperatorEntry("",              "StringConcat",     20,    inputs: 2...2, StringConcat.init),
        OperatorEntry("",              "StringSplit",      20,    inputs: 1...1, StringSplit.init),
        OperatorEntry("",              "RegexFullMatch",   20,    inputs: 1...1, RegexFullMatch.init),
        OperatorEntry("",              "TfIdfVectorizer",  9,     inputs: 1...1, TfIdfVectorizer.init),
        OperatorEntry("com.microsoft", "Tokenizer",        1,     inputs: 1...1, Tokenizer.init),
    ]
}
