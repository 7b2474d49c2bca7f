/// What one V2 request may ask for, beyond the size of its body, which the HTTP limits bound.
package struct V2Limits: Sendable, Equatable {
    /// Dimensions of one tensor's `shape`. Default: 32.
    package var maxRank = 32

    /// Entries of `inputs`. Default: 1024.
    package var maxInputCount = 1024

    /// Entries of `outputs`. Default: 1024.
    package var maxOutputCount = 1024

    /// Bytes that all JSON `data` of a request may expand to. Default: 64 MiB (Triton's `--http-max-input-size`).
    package var maxExpandedByteCount = 64 << 20

    /// Entries of one `parameters` object. Default: 128.
    package var maxParameterCount = 128

    /// Bytes of an id, or of the name of a tensor or of a parameter. Default: 1024.
    package var maxNameByteCount = 1024

    /// Bytes of a parameter's text. Default: 64 KiB.
    package var maxParameterByteCount = 64 << 10

    /// Bytes of all files that one load request brings, decoded. Default: 64 MiB.
    package var maxLoadByteCount = 64 << 20

    /// Files that one load request brings. Default: 256.
    package var maxLoadFileCount = 256

    package init() {}
}
