import DunlinInference

/// Which ensembles need which models, by name: keeps ensembles from needing themselves, and from nesting too deep.
struct EnsembleGraph: Sendable, Equatable {
    /// How many ensembles may be inside one another, the outermost counted.
    static let maxDepth = 8

    /// The models of each ensemble's steps.
    var members: [String: Set<String>] = [:]

    /// - Throws: `.invalidArgument` when `name`, made of `needed`, would need itself, or stand in too long a chain.
    func check(_ name: String, needing needed: Set<String>) throws(InferError) {
        var graph = members
        graph[name, default: []].formUnion(needed)
        if let circle = Self.path(from: name, to: name, graph) {
            throw InferError(
                .invalidArgument,
                "ensemble '\(name)' needs itself: \(circle.map { "'\($0)'" }.joined(separator: " needs "))")
        }
        var upward: [String: Set<String>] = [:]
        for (ensemble, models) in graph {
            for model in models where graph[model] != nil { upward[model, default: []].insert(ensemble) }
        }
        let below = Self.longest(from: name, graph.mapValues { $0.filter { graph[$0] != nil } })
        let above = Self.longest(from: name, upward)
        guard below + above - 1 <= Self.maxDepth else {
            throw InferError(
                .invalidArgument,
                "ensemble '\(name)': \(below + above - 1) ensembles would be inside one another; the limit is "
                    + "\(Self.maxDepth)")
        }
    }

    /// The nodes from `start` to `end` along edges, or `nil`.
    private static func path(from start: String, to end: String, _ edges: [String: Set<String>]) -> [String]? {
        var cameFrom: [String: String] = [:]
        var open = [start]
        while let node = open.popLast() {
            for next in (edges[node] ?? []).sorted() where cameFrom[next] == nil {
                cameFrom[next] = node
                if next == end {
                    var path = [end]
                    var node = node
                    while node != start {
                        path.append(node)
                        node = cameFrom[node] ?? start
                    }
                    return [start] + path.reversed()
                }
                open.append(next)
            }
        }
        return nil
    }

    /// Nodes on the longest way from `node`, itself counted. The edges make no circle through it.
    private static func longest(from node: String, _ edges: [String: Set<String>]) -> Int {
        var known: [String: Int] = [:]
        return longest(from: node, edges, &known, depth: 0)
    }

    private static func longest(
        from node: String, _ edges: [String: Set<String>], _ known: inout [String: Int], depth: Int
    ) -> Int {
        if let length = known[node] { return length }
        // What is deeper is refused anyway; it bounds the recursion.
        guard depth <= maxDepth else { return 1 }
        var length = 1
        for next in edges[node] ?? [] {
            length = max(length, 1 + longest(from: next, edges, &known, depth: depth + 1))
        }
        known[node] = length
        return length
    }
}
