/// A graph that is an attribute of a node, with names made indexes.
///
/// Its inputs are first those that it lists, then the values of outer graphs that its nodes name; constants of outer
/// graphs are its own constants.
package struct ImportedSubgraph: Sendable {
    package var graph: Graph
    /// How many of the graph's inputs it lists itself.
    package var formalCount: Int
    /// Where the node finds the rest: positions among its inputs, behind those that the file gives.
    package var captured: [Int] = []
}
