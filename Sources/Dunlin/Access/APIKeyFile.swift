import DunlinBytes
import DunlinServing

/// Reads the file of `--api-keys`.
enum APIKeyFile {
    /// A file may have comments, so it is larger than its keys.
    static let maxByteCount = 16 << 20
    static let maxKeyCount = 50_000

    /// The keys of a whole file; empty lines and lines that begin with `#` say nothing.
    ///
    /// - Throws: With the line and what was expected there. A secret that was written instead of its digest is not repeated.
    static func keys(_ text: Bytes) throws(TextFormatError) -> [APIKey] {
        guard text.count <= maxByteCount else {
            throw TextFormatError(line: 1, "\(text.count) bytes is more than the limit of \(maxByteCount)")
        }
        guard let content = text.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw TextFormatError(line: 1, "the file is not UTF-8")
        }
        var keys: [APIKey] = []
        var lineOfPrefix: [String: Int] = [:]
        for (index, line) in content.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            let fields = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map { String(Substring($0)) }
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            guard keys.count < maxKeyCount else {
                throw TextFormatError(line: number, "more than \(maxKeyCount) keys")
            }
            let key: APIKey
            do throws(InvalidKeyLine) { key = try APIKey(fields: fields) } catch {
                throw TextFormatError(line: number, error.message)
            }
            if let earlier = lineOfPrefix.updateValue(number, forKey: key.prefix) {
                throw TextFormatError(line: number, "key '\(key.prefix)' is on line \(earlier) already")
            }
            keys.append(key)
        }
        return keys
    }
}

/// What is wrong with a line of the file.
struct InvalidKeyLine: Error { let message: String }

extension APIKey {
    /// Reads the fields of one line.
    init(fields: [String]) throws(InvalidKeyLine) {
        var values: [String: Substring] = [:]
        for field in fields {
            guard let equals = field.firstIndex(of: "="), Self.names.contains(String(field[..<equals])) else {
                // Perhaps a secret: it does not belong into a log.
                throw InvalidKeyLine(
                    message: "expected \(Self.names.map { $0 + "=" }.joined(separator: ", ")), separated by blanks; "
                        + "'dunlin api-key create' prints such lines")
            }
            let name = String(field[..<equals])
            guard values.updateValue(field[field.index(after: equals)...], forKey: name) == nil else {
                throw InvalidKeyLine(message: "'\(name)=' is there twice")
            }
        }
        func value(_ name: String) throws(InvalidKeyLine) -> Substring {
            guard let value = values[name] else { throw InvalidKeyLine(message: "'\(name)=' is missing") }
            return value
        }
        prefix = String(try value("key"))
        guard Self.isPrefix(prefix) else {
            throw InvalidKeyLine(message: "key: expected \(Self.prefixByteCount) letters and digits")
        }
        guard let salt = Hexadecimal.bytes(try value("salt")), salt.count == Self.saltByteCount else {
            throw InvalidKeyLine(message: "salt: expected \(Self.saltByteCount * 2) hexadecimal digits")
        }
        self.salt = salt
        guard let digest = SHA256Digest(hex: try value("sha256")) else {
            throw InvalidKeyLine(message: "sha256: expected 64 hexadecimal digits")
        }
        self.digest = digest
        grant = try AccessGrant(scopes: String(try value("scope")), models: values["models"].map(String.init))
    }

    private static let names = ["key", "salt", "sha256", "scope", "models"]

    static func isPrefix(_ text: some StringProtocol) -> Bool {
        text.utf8.count == prefixByteCount
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
    }
}

extension AccessGrant {
    /// Reads two lists with commas: `infer,metrics`, and models, percent-encoded where need be.
    init(scopes: String, models: String?) throws(InvalidKeyLine) {
        var wanted: [AccessScope] = []
        for name in scopes.split(separator: ",", omittingEmptySubsequences: false) {
            guard let scope = AccessScope(rawValue: String(name)) else {
                throw InvalidKeyLine(
                    message: "scope: expected "
                        + AccessScope.allCases.map(\.rawValue).joined(separator: ", ") + ", found '\(name)'")
            }
            wanted.append(scope)
        }
        self.scopes = AccessScope.allCases.filter(wanted.contains)
        guard let models else {
            self.models = nil
            return
        }
        var names = Set<String>()
        for text in models.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = PercentText.decode(text), ModelName.problem(name) == nil else {
                throw InvalidKeyLine(
                    message: "models: expected names of models with commas between them, found '\(text)'")
            }
            names.insert(name)
        }
        self.models = names
        guard !self.scopes.contains(.metrics) else {
            throw InvalidKeyLine(
                message: "models: the scope metrics tells of every model and cannot be limited to some")
        }
    }
}
