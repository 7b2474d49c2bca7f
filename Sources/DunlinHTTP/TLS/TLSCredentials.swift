import DunlinBytes
import Synchronization

/// The certificates and keys of a server, as of the last good reading of their files. All its listeners share them.
package final class TLSCredentials: Sendable {
    /// What came of a look at the files.
    package enum Look: Sendable, Equatable {
        case unchanged
        /// Connections from now on begin with what was read.
        case loaded(TLSSummary)
        /// What was there before stays in force.
        case failed(String)
    }

    /// How long the key lives with which tickets are sealed that let clients resume their sessions: who gets hold of the
    /// process' memory learns nothing of older sessions. Seconds.
    static let ticketKeySeconds: Int64 = 86_400

    package let configuration: TLSConfiguration
    /// What was read at the start.
    package let summary: TLSSummary
    private let state: Mutex<State>

    private struct State {
        #if TLS
            var context: TLSContext
        #endif
        var stamps: [FileStamp]
        var made: Int64
        /// Why the files could not be used the last time; told once.
        var problem: String?
    }

    /// Reads the files.
    ///
    /// - Parameter now: Seconds of a clock that only goes forward.
    /// - Throws: What is wrong with the files, or that this build has no TLS.
    package init(_ configuration: TLSConfiguration, now: Int64 = TLSCredentials.clock()) throws(TLSError) {
        self.configuration = configuration
        let stamps = Self.stamps(configuration)
        #if TLS
            let context = try TLSContext(configuration)
            summary = TLSSummary(context)
            state = Mutex(State(context: context, stamps: stamps, made: now))
        #else
            summary = TLSSummary(subject: "", end: "", warnings: [])
            state = Mutex(State(stamps: stamps, made: now))
            throw TLSError.notBuiltIn
        #endif
    }

    /// Reads the files again where they have changed, and at the end of the ticket key's life.
    ///
    /// Files that cannot be used are tried again with each look, because they may be in the middle of a change.
    package func look(now: Int64 = TLSCredentials.clock()) -> Look {
        #if TLS
            let stamps = Self.stamps(configuration)
            let isDue = state.withLock { state in
                stamps != state.stamps || state.problem != nil || now - state.made >= Self.ticketKeySeconds
            }
            guard isDue else { return .unchanged }
            do throws(TLSError) {
                let context = try TLSContext(configuration)
                return state.withLock { state in
                    let isNew = stamps != state.stamps || state.problem != nil
                    state = State(context: context, stamps: stamps, made: now)
                    return isNew ? .loaded(TLSSummary(context)) : .unchanged
                }
            } catch {
                return state.withLock { state in
                    defer { state.problem = error.message }
                    return state.problem == error.message ? .unchanged : .failed(error.message)
                }
            }
        #else
            return .unchanged
        #endif
    }

    /// Whether users of this machine who are not the key's owner or group may read it.
    package var isKeyWorldReadable: Bool { FileStamp.isWorldReadable(configuration.keyFile) }

    #if TLS
        /// `nil` when there is no memory for it.
        func session(_ descriptor: Int32) -> TLSSession? {
            TLSSession(state.withLock { $0.context }, descriptor: descriptor)
        }

        /// Changes with what new connections begin with.
        var contextIdentity: ObjectIdentifier { state.withLock { ObjectIdentifier($0.context) } }
    #endif

    package static func clock() -> Int64 { EventLoop.clock() / 1000 }

    private static func stamps(_ configuration: TLSConfiguration) -> [FileStamp] {
        [configuration.certificateFile, configuration.keyFile, configuration.clientAuthorityFile]
            .compactMap { $0 }.map { FileStamp($0) }
    }
}

/// What a server tells of its certificate.
package struct TLSSummary: Sendable, Equatable {
    /// Whom it is about: `/CN=localhost`.
    package let subject: String
    /// The last second it is good for: `2027-11-21T15:00:00Z`.
    package let end: String
    /// What works, and should be looked at.
    package let warnings: [String]
}

#if TLS
    extension TLSSummary {
        init(_ context: TLSContext) {
            self.init(subject: context.certificate.subject, end: context.certificate.end, warnings: context.warnings)
        }
    }
#endif
