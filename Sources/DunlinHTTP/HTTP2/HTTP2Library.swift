#if GRPC
    import CNghttp2
#endif

/// The library behind HTTP/2: the package trait `GRPC`.
package enum HTTP2Library {
    /// Whether this build can speak HTTP/2.
    package static var isBuiltIn: Bool { version != nil }

    /// The library and its version; `nil` in builds without one.
    package static var version: String? {
        #if GRPC
            "nghttp2 \(String(cString: nghttp2_version(0).pointee.version_str))"
        #else
            nil
        #endif
    }
}
