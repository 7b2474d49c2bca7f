#if TLS
    import COpenSSL
#endif

/// The library behind TLS: the package trait `TLS`.
package enum TLSLibrary {
    /// Whether this build can speak TLS.
    package static var isBuiltIn: Bool { version != nil }

    /// The library and its version; `nil` in builds without one.
    package static var version: String? {
        #if TLS
            "OpenSSL \(String(cString: OpenSSL_version(OPENSSL_VERSION_STRING)))"
        #else
            nil
        #endif
    }

    #if TLS
        /// Makes the library ready, once in a process, when TLS is asked for.
        ///
        /// It is not torn down at the process' exit: threads may still be in it then.
        static let start: Void = {
            OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        }()

        /// What went wrong in this thread's last call, in the library's words; empties the thread's list of errors.
        static func takeErrors() -> String {
            var reasons: [String] = []
            while true {
                let code = ERR_get_error()
                guard code != 0 else { break }
                let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
                if reasons.last != reason { reasons.append(reason) }
            }
            return reasons.isEmpty ? "no reason given" : reasons.joined(separator: ", ")
        }
    #endif
}
