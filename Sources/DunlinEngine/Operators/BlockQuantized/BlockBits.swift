import DunlinInference
import DunlinTensor

/// How `com.microsoft` packs numbers of 2, 4 or 8 bits that share a scale and a zero point in blocks: low bits first.
struct BlockBits: Sendable {
    let bits: Int
    /// Numbers in a block: a power of two, at least 16.
    let blockSize: Int

    init(_ node: Node, blockSize: Int, defaultBits: Int = 4) throws(InferError) {
        bits = try node.int("bits", default: defaultBits)
        self.blockSize = blockSize
        guard [2, 4, 8].contains(bits) else {
            throw InferError(.unsupported, "attribute 'bits' is \(bits); supported: 2, 4, 8")
        }
        guard blockSize >= 16, blockSize <= Self.mostBlockSize, blockSize & (blockSize - 1) == 0 else {
            throw InferError(
                .invalidArgument,
                "attribute 'block_size' is \(blockSize), expected a power of two in 16...\(Self.mostBlockSize)")
        }
    }

    static let mostBlockSize = 1 << 20

    /// Numbers in one byte.
    var perByte: Int { 8 / bits }

    /// The zero point where none is given: the middle.
    var middle: Int { 1 << (bits - 1) }

    /// Number `index` of those packed from `bytes` on.
    @inline(__always) func number(_ bytes: UnsafePointer<UInt8>, _ index: Int) -> Int {
        switch bits {
        case 8: Int(bytes[index])
        case 4: Int(bytes[index >> 1] >> UInt8((index & 1) * 4)) & 0xF
        default: Int(bytes[index >> 2] >> UInt8((index & 3) * 2)) & 0x3
        }
    }

    func blocks(in count: Int) -> Int { (count + blockSize - 1) / blockSize }

    /// Bytes that this many packed numbers take.
    func byteCount(of count: Int) -> Int { (count + perByte - 1) / perByte }
}

/// Scales or unpacked zero points of a float type.
struct BlockNumbers {
    let base: UnsafeRawPointer
    let dataType: DataType

    init?(_ bytes: UnsafeRawBufferPointer, _ dataType: DataType) {
        guard let base = bytes.baseAddress else { return nil }
        (self.base, self.dataType) = (base, dataType)
    }

    @inline(__always) subscript(index: Int) -> Float {
        switch dataType {
        case .fp16: Float(base.load(fromByteOffset: index * 2, as: Float16.self))
        case .bf16: Float(bitPattern: UInt32(base.load(fromByteOffset: index * 2, as: UInt16.self)) << 16)
        default: base.load(fromByteOffset: index * 4, as: Float.self)
        }
    }
}
