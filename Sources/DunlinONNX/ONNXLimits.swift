/// What a model file may ask for. Each is far above what real models need.
package struct ONNXLimits: Sendable {
    /// Bytes of the model file, and of each file of external data. Default: 64 GiB.
    package var fileByteCount = 64 << 30
    /// Nodes, attributes, tensors, values and strings together, subgraphs included. Default: 4,194,304.
    package var itemCount = 1 << 22
    /// Axes of a tensor. Default: 16.
    package var rank = 16
    /// Graphs inside graphs, and types inside types. Default: 16.
    package var nestingDepth = 16
    /// Bytes of a name. Default: 16,384.
    package var nameByteCount = 1 << 14

    package init() {}
}
