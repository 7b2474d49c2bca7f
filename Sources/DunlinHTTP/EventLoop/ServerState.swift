import DunlinBytes
import Synchronization

/// What the loops of one server share: two counts, the memory of large bodies, their compression, and one flag.
final class ServerState: Sendable {
    /// Requests that were handed over and whose answer is not complete.
    let inFlightCount = Atomic<Int>(0)
    /// Open connections, those that are only being refused included.
    let connectionCount = Atomic<Int>(0)
    let receiving: ReceivingBudget
    /// Memory of large bodies that have been used.
    let pool = BytesPool(limit: ServerState.pooledByteCount)
    /// What waits to be used again, at most.
    static let pooledByteCount = 32 << 20
    let isDraining = Atomic<Bool>(false)
    let codec: ContentCodec

    let timing: TimingSwitch
    /// `nil`: without TLS.
    let tls: TLSCredentials?
    /// What a request is answered with whose large body is not there yet and need not come; `nil`: it is wanted.
    let refusal: (@Sendable (HTTPRequest) -> HTTPResponse?)?

    init(
        _ configuration: HTTPServerConfiguration, timing: TimingSwitch = TimingSwitch(), tls: TLSCredentials? = nil,
        refusal: (@Sendable (HTTPRequest) -> HTTPResponse?)? = nil
    ) {
        self.refusal = refusal
        self.timing = timing
        self.tls = tls
        receiving = ReceivingBudget(limit: configuration.maxReceivingByteCount)
        codec = ContentCodec(configuration)
    }
}
