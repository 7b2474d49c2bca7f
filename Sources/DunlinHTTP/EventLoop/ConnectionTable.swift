/// The connections of one loop by token.
///
/// A token is a slot and a serial number: an event that was reported before its connection closed finds nothing,
/// even when the slot is taken again.
struct ConnectionTable {
    private var slots: [Connection?] = []
    private var free: [Int] = []
    private var serial: UInt32 = 0
    private(set) var count = 0

    subscript(token: UInt64) -> Connection? {
        let slot = Int(token & 0xFFFF_FFFF)
        guard slot < slots.count, let connection = slots[slot], connection.token == token else { return nil }
        return connection
    }

    /// A copy, so that connections may come and go during a walk.
    var all: [Connection] { slots.compactMap { $0 } }

    /// Slots in use or free.
    var slotCount: Int { slots.count }

    subscript(slot slot: Int) -> Connection? { slots[slot] }

    mutating func insert(_ make: (UInt64) -> Connection) -> Connection {
        let slot: Int
        if let last = free.popLast() {
            slot = last
        } else {
            slot = slots.count
            slots.append(nil)
        }
        // The highest serial numbers would make the tokens of the listener and the wake-up descriptor.
        serial = serial >= UInt32.max - 1 ? 0 : serial + 1
        let connection = make(UInt64(serial) << 32 | UInt64(slot))
        slots[slot] = connection
        count += 1
        return connection
    }

    /// Puts `connection` in the place of the one with its token.
    mutating func replace(_ connection: Connection) {
        let slot = Int(connection.token & 0xFFFF_FFFF)
        guard slot < slots.count, slots[slot]?.token == connection.token else { return }
        slots[slot] = connection
    }

    mutating func remove(_ token: UInt64) {
        let slot = Int(token & 0xFFFF_FFFF)
        guard slot < slots.count, slots[slot]?.token == token else { return }
        slots[slot] = nil
        free.append(slot)
        count -= 1
    }
}
