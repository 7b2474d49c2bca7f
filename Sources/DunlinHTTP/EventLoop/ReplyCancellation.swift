import Synchronization

/// Says that the answer of one stream of a connection reaches nobody any more.
///
/// `@unchecked Sendable` because an `Atomic` is all it has; subclasses say for themselves what guards theirs.
class ReplyCancellation: @unchecked Sendable {
    final let isSet = Atomic<Bool>(false)
}
