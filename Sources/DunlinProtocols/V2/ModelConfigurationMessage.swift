/// One message of Triton's `ModelConfig`: its fields in the order in which they are written.
struct ModelConfigurationMessage: Sendable {
    indirect enum Kind: Sendable {
        case string, bool, integer, number
        /// Names in the order of their numbers, from 0.
        case enumeration([String])
        case message(ModelConfigurationMessage)
    }

    enum Presence: Sendable {
        /// Scalars and enumerations are written with their default when they are not given, messages only when given.
        case usual
        /// A member of a *oneof*: written only when given.
        case whenGiven
        /// An array, empty when nothing is given.
        case repeated
        /// An object, empty when nothing is given.
        case map
    }

    struct Field: Sendable {
        let name: String
        let kind: Kind
        let presence: Presence
    }

    let fields: [Field]

    init(_ fields: Field...) { self.fields = fields }
}

extension ModelConfigurationMessage.Field {
    static func one(
        _ name: String, _ kind: ModelConfigurationMessage.Kind, _ presence: ModelConfigurationMessage.Presence = .usual
    ) -> Self { Self(name: name, kind: kind, presence: presence) }

    static func many(_ name: String, _ kind: ModelConfigurationMessage.Kind) -> Self {
        Self(name: name, kind: kind, presence: .repeated)
    }

    static func map(_ name: String, _ kind: ModelConfigurationMessage.Kind) -> Self {
        Self(name: name, kind: kind, presence: .map)
    }

    static func part(_ name: String, _ fields: Self...) -> Self {
        Self(name: name, kind: .message(.init(fields)), presence: .usual)
    }

    static func parts(_ name: String, _ fields: Self...) -> Self {
        Self(name: name, kind: .message(.init(fields)), presence: .repeated)
    }
}

extension ModelConfigurationMessage {
    init(_ fields: [Field]) { self.fields = fields }
}
