import DunlinInference
import DunlinTensor

/// An operator whose output 0 is text out of a fixed list. Where only the model's caller reads that text, a kernel tells
/// the labels' numbers and the run writes the text once, at its end.
protocol LabelOperator: EagerOperator {
    var labels: TextLabels { get }

    /// `bind` with numbers of `labels` in place of the text: INT32, as many as output 0 has elements.
    func bindNumbers(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel
}
