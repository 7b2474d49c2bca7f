/// The largest of some elements.
enum LargestElements {
    /// Indices of the `count` largest elements, the largest first; of equal ones the lower index first. What is unordered
    /// (NaN) comes last.
    ///
    /// - Precondition: `count` is at most the number of elements.
    /// - Complexity: O(n log `count`), and an array of `count` indices.
    static func indices<Element: Comparable>(of elements: UnsafeBufferPointer<Element>, count: Int) -> [Int] {
        guard count > 0 else { return [] }
        /// Whether `lhs` goes before `rhs`.
        func precedes(_ lhs: Int, _ rhs: Int) -> Bool {
            let (left, right) = (elements[lhs], elements[rhs])
            let (leftIsOrdered, rightIsOrdered) = (left == left, right == right)
            if leftIsOrdered != rightIsOrdered { return leftIsOrdered }
            if left > right { return true }
            if left < right { return false }
            return lhs < rhs
        }
        // A heap of the best so far with the last of them at its top.
        var heap = Array(0..<count)
        func sink(_ start: Int) {
            var at = start
            while true {
                var last = at
                for child in [2 * at + 1, 2 * at + 2] where child < count && precedes(heap[last], heap[child]) {
                    last = child
                }
                if last == at { return }
                heap.swapAt(at, last)
                at = last
            }
        }
        for start in stride(from: count / 2, through: 0, by: -1) { sink(start) }
        for index in count..<elements.count where precedes(index, heap[0]) {
            heap[0] = index
            sink(0)
        }
        return heap.sorted(by: precedes)
    }
}
