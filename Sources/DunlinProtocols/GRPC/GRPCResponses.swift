package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// The answers of the service beside inference, framed.
package enum GRPCResponses {
    /// `ServerLiveResponse`, `ServerReadyResponse`, `ModelReadyResponse`.
    package static func flag(_ value: Bool) -> Bytes { FramedMessage.framed { $0.bool(1, value) } }

    package static func serverMetadata(name: String, version: String, extensions: [String]) -> Bytes {
        FramedMessage.framed { writer in
            writer.string(1, name)
            writer.string(2, version)
            for name in extensions { writer.string(3, name) }
        }
    }

    package static func modelMetadata(_ metadata: ModelMetadata) -> Bytes {
        FramedMessage.framed(capacity: 512) { writer in
            writer.string(1, metadata.name)
            for version in metadata.versions { writer.string(2, version) }
            writer.string(3, metadata.platform)
            for (field, tensors) in [(4, metadata.inputs), (5, metadata.outputs)] {
                for tensor in tensors {
                    writer.message(field) { writer in
                        writer.string(1, tensor.name)
                        writer.string(2, tensor.dataType.name)
                        writer.ints(3, tensor.shape)
                    }
                }
            }
            for (key, value) in metadata.properties.sorted(by: { $0.key < $1.key }) {
                writer.entry(6, key: key) { $0.string(2, value) }
            }
        }
    }

    /// - Parameter configuration: In the words of `config.pbtxt`.
    package static func modelConfiguration(_ configuration: ProtobufTextMessage) -> Bytes {
        FramedMessage.framed(capacity: 1024) { writer in
            writer.message(1) { ProtobufTextEncoder.modelConfiguration.write(configuration, to: &$0) }
        }
    }

    package static func statistics(_ entries: [StatisticsEntry]) -> Bytes {
        FramedMessage.framed(capacity: 1024) { writer in
            for entry in entries { writer.message(1) { write(entry, to: &$0) } }
        }
    }

    private static func write(_ entry: StatisticsEntry, to writer: inout ProtobufWriter) {
        writer.string(1, entry.name)
        writer.string(2, entry.version)
        writer.uint(3, entry.lastInference)
        writer.uint(4, entry.inferenceCount)
        writer.uint(5, entry.executionCount)
        writer.message(6) { writer in
            let timings = [
                entry.success, entry.failure, entry.queue, entry.computeInput, entry.computeInfer, entry.computeOutput,
                entry.cacheHit, entry.cacheMiss,
            ]
            for (index, timing) in timings.enumerated() { write(timing, index + 1, to: &writer) }
        }
        for batch in entry.batches {
            writer.message(7) { writer in
                writer.int(1, batch.size)
                write(batch.computeInput, 2, to: &writer)
                write(batch.computeInfer, 3, to: &writer)
                write(batch.computeOutput, 4, to: &writer)
            }
        }
        guard entry.memoryByteCount > 0 else { return }
        writer.message(8) { writer in
            writer.string(1, "CPU")
            writer.int(3, entry.memoryByteCount)
        }
    }

    private static func write(_ timing: StatisticsEntry.Timing, _ field: Int, to writer: inout ProtobufWriter) {
        writer.message(field) { writer in
            writer.uint(1, timing.count)
            writer.uint(2, timing.nanoseconds)
        }
    }

    // MARK: Model repository

    package static func index(_ entries: [RepositoryIndexEntry]) -> Bytes {
        FramedMessage.framed(capacity: 64 + entries.count * 64) { writer in
            for entry in entries {
                writer.message(1) { writer in
                    writer.string(1, entry.name)
                    writer.string(2, entry.version)
                    writer.string(3, entry.state)
                    writer.string(4, entry.reason)
                }
            }
        }
    }

    /// Triton's answer to a load or an unload is empty, KServe's has the model's name and that it is done.
    package static func done(_ load: GRPCRequests.Load) -> Bytes {
        guard load.isKServe else { return FramedMessage.empty }
        return FramedMessage.framed { writer in
            writer.string(1, load.model)
            writer.bool(2, true)
        }
    }

    // MARK: Shared memory

    /// `SystemSharedMemoryStatusResponse`; also `CudaSharedMemoryStatusResponse` when there is none.
    package static func sharedMemory(_ regions: [SharedMemoryRegistration]) -> Bytes {
        FramedMessage.framed(capacity: 64 + regions.count * 64) { writer in
            for region in regions {
                writer.entry(1, key: region.name) { writer in
                    writer.message(2) { writer in
                        writer.string(1, region.name)
                        writer.string(2, region.key)
                        writer.int(3, region.offset)
                        writer.int(4, region.byteCount)
                    }
                }
            }
        }
    }

    // MARK: Settings

    package static func traceSetting(_ settings: V2TraceCodec.Settings) -> Bytes {
        FramedMessage.framed { writer in
            for (key, value) in settings.texts {
                writer.entry(1, key: key) { $0.message(2) { $0.string(1, value, always: true) } }
            }
        }
    }

    package static func logSettings(_ settings: V2LoggingCodec.Settings) -> Bytes {
        FramedMessage.framed { writer in
            writer.entry(1, key: "log_file") { $0.message(2) { $0.string(3, settings.file, always: true) } }
            for (key, flag) in [
                ("log_info", settings.info), ("log_warning", settings.warning), ("log_error", settings.error),
            ] {
                writer.entry(1, key: key) { $0.message(2) { $0.bool(1, flag, always: true) } }
            }
            writer.entry(1, key: "log_verbose_level") {
                $0.message(2) { $0.int(2, settings.verboseLevel, always: true) }
            }
            writer.entry(1, key: "log_format") { $0.message(2) { $0.string(3, settings.format, always: true) } }
        }
    }

    // MARK: Health

    package enum Health: Int, Sendable { case unknown, serving, notServing, serviceUnknown }

    package static func health(_ status: Health) -> Bytes { FramedMessage.framed { $0.int(1, status.rawValue) } }

    package static func healthList(_ statuses: [(service: String, status: Health)]) -> Bytes {
        FramedMessage.framed { writer in
            for one in statuses {
                writer.entry(1, key: one.service) { $0.message(2) { $0.int(1, one.status.rawValue) } }
            }
        }
    }
}
