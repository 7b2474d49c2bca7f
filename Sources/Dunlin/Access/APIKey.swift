import DunlinBytes

/// One API key as the server knows it: who it belongs to is told by its prefix, that it is genuine by a salted digest.
///
/// A key is `<prefix>.<secret>`, as Hopsworks makes them: 16 letters and digits, a dot, the secret. The file of keys has one
/// line for each, with the names in any order:
///
///     key=ZaCRiVfQOxuOIXZk salt=<32 digits> sha256=<64 digits> scope=infer,metrics models=iris,churn
///
/// `sha256` is over the salt and the secret, `models` is left out where the key is good for all. In the name of a model,
/// what is not a letter, a digit, `-`, `.`, `_` or `~` may be percent-encoded; commas, blanks and `%` must be.
struct APIKey: Sendable, Equatable {
    static let prefixByteCount = 16
    /// Of the keys that `make` makes; 62 to the power of 64 are enough.
    static let secretByteCount = 64
    /// Secrets that are looked at: as many bytes as one line of a header can hold, and then some.
    static let secretByteCounts = 16...256
    static let saltByteCount = 16

    let prefix: String
    let salt: [UInt8]
    let digest: SHA256Digest
    let grant: AccessGrant

    static func digest(salt: [UInt8], secret: UnsafeRawBufferPointer) -> SHA256Digest {
        var hash = SHA256()
        salt.withUnsafeBytes { hash.update($0) }
        hash.update(secret)
        return hash.finish()
    }

    /// A new key, and the text that its holder sends.
    static func make(_ grant: AccessGrant, using random: inout some RandomNumberGenerator) -> (
        key: APIKey, text: String
    ) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        func text(_ count: Int) -> [UInt8] { (0..<count).map { _ in alphabet.randomElement(using: &random)! } }
        let prefix = String(decoding: text(prefixByteCount), as: UTF8.self)
        let secret = text(secretByteCount)
        let salt = (0..<saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let digest = secret.withUnsafeBytes { Self.digest(salt: salt, secret: $0) }
        let key = APIKey(prefix: prefix, salt: salt, digest: digest, grant: grant)
        return (key, prefix + "." + String(decoding: secret, as: UTF8.self))
    }

    /// The line of the file.
    var line: String {
        let scopes = grant.scopes.map(\.rawValue).joined(separator: ",")
        let models = grant.models.map { " models=" + $0.sorted().map(PercentText.encode).joined(separator: ",") } ?? ""
        return "key=\(prefix) salt=\(Hexadecimal.text(salt)) sha256=\(digest.hex) scope=\(scopes)" + models
    }
}

/// Percent-encoding of a text's bytes (RFC 3986, 2.1).
enum PercentText {
    static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(byte)
            default: out += Array(("%" + Hexadecimal.text([byte])).utf8)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `nil` for a broken escape, and for what is not UTF-8.
    static func decode(_ text: some StringProtocol) -> String? {
        var out: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = rest.next(), let low = rest.next(),
                let value = Hexadecimal.bytes(String(decoding: [high, low], as: UTF8.self))
            else { return nil }
            out += value
        }
        return String(validating: out, as: UTF8.self)
    }
}
