/// The messages of `model_config.proto`, by their names there.
extension ModelConfigurationMessage {
    static let model = Self(
        .one("name", .string), .one("platform", .string), .one("backend", .string), .one("runtime", .string),
        .part(
            "version_policy",
            .part("latest", .one("num_versions", .integer)), .part("all"),
            .part("specific", .many("versions", .integer))),
        .one("max_batch_size", .integer), .many("input", input), .many("output", output),
        .many("batch_input", batchInput), .many("batch_output", batchOutput), .one("optimization", optimization),
        .one("dynamic_batching", dynamicBatching), .one("sequence_batching", sequenceBatching),
        .one("ensemble_scheduling", ensembling), .many("instance_group", instanceGroup),
        .one("default_model_filename", .string), .map("cc_model_filenames", .string), .map("metric_tags", .string),
        .map("parameters", .message(.init(.one("string_value", .string)))), .many("model_warmup", warmup),
        .part("model_operations", .many("op_library_filename", .string)),
        .part("model_transaction_policy", .one("decoupled", .bool)),
        .part("model_repository_agents", .parts("agents", .one("name", .string), .map("parameters", .string))),
        .part("response_cache", .one("enable", .bool)), .one("model_metrics", metrics))

    private static let dataType = Kind.enumeration([
        "TYPE_INVALID", "TYPE_BOOL", "TYPE_UINT8", "TYPE_UINT16", "TYPE_UINT32", "TYPE_UINT64", "TYPE_INT8",
        "TYPE_INT16", "TYPE_INT32", "TYPE_INT64", "TYPE_FP16", "TYPE_FP32", "TYPE_FP64", "TYPE_STRING", "TYPE_BF16",
    ])
    private static let reshape = Field.part("reshape", .many("shape", .integer))

    private static let input = Kind.message(
        .init(
            .one("name", .string), .one("data_type", dataType),
            .one("format", .enumeration(["FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW"])), .many("dims", .integer),
            reshape, .one("is_shape_tensor", .bool), .one("allow_ragged_batch", .bool), .one("optional", .bool),
            .one("is_non_linear_format_io", .bool)))

    private static let output = Kind.message(
        .init(
            .one("name", .string), .one("data_type", dataType), .many("dims", .integer), reshape,
            .one("label_filename", .string), .one("is_shape_tensor", .bool), .one("is_non_linear_format_io", .bool)))

    private static let batchInput = Kind.message(
        .init(
            .one(
                "kind",
                .enumeration([
                    "BATCH_ELEMENT_COUNT", "BATCH_ACCUMULATED_ELEMENT_COUNT",
                    "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO", "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE",
                    "BATCH_ITEM_SHAPE", "BATCH_ITEM_SHAPE_FLATTEN",
                ])),
            .many("target_name", .string), .one("data_type", dataType), .many("source_input", .string)))

    private static let batchOutput = Kind.message(
        .init(
            .many("target_name", .string), .one("kind", .enumeration(["BATCH_SCATTER_WITH_INPUT_SHAPE"])),
            .many("source_input", .string)))

    private static let accelerator: [Field] = [.one("name", .string), .map("parameters", .string)]
    private static let graphInputs = Field.map("input", .message(.init(.many("dim", .integer))))

    private static let optimization = Kind.message(
        .init(
            .part("graph", .one("level", .integer)),
            .one("priority", .enumeration(["PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN"])),
            .part(
                "cuda",
                .one("graphs", .bool), .one("busy_wait_events", .bool),
                .parts(
                    "graph_spec",
                    .one("batch_size", .integer), graphInputs,
                    .part("graph_lower_bound", .one("batch_size", .integer), graphInputs)),
                .one("output_copy_stream", .bool)),
            .part(
                "execution_accelerators",
                .many("gpu_execution_accelerator", .message(.init(accelerator))),
                .many("cpu_execution_accelerator", .message(.init(accelerator)))),
            .part("input_pinned_memory", .one("enable", .bool)), .part("output_pinned_memory", .one("enable", .bool)),
            .one("gather_kernel_buffer_threshold", .integer), .one("eager_batching", .bool)))

    private static let queuePolicy = Kind.message(
        .init(
            .one("timeout_action", .enumeration(["REJECT", "DELAY"])), .one("default_timeout_microseconds", .integer),
            .one("allow_timeout_override", .bool), .one("max_queue_size", .integer)))

    private static let dynamicBatching = Kind.message(
        .init(
            .many("preferred_batch_size", .integer), .one("max_queue_delay_microseconds", .integer),
            .one("preserve_ordering", .bool), .one("priority_levels", .integer),
            .one("default_priority_level", .integer), .one("default_queue_policy", queuePolicy),
            .map("priority_queue_policy", queuePolicy)))

    private static let sequenceBatching = Kind.message(
        .init(
            .part(
                "direct", .one("max_queue_delay_microseconds", .integer), .one("minimum_slot_utilization", .number)),
            .part(
                "oldest",
                .one("max_candidate_sequences", .integer), .many("preferred_batch_size", .integer),
                .one("max_queue_delay_microseconds", .integer), .one("preserve_ordering", .bool)),
            .one("max_sequence_idle_microseconds", .integer),
            .parts(
                "control_input",
                .one("name", .string),
                .parts(
                    "control",
                    .one(
                        "kind",
                        .enumeration([
                            "CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_READY", "CONTROL_SEQUENCE_END",
                            "CONTROL_SEQUENCE_CORRID",
                        ])),
                    .many("int32_false_true", .integer), .many("fp32_false_true", .number),
                    .many("bool_false_true", .bool), .one("data_type", dataType))),
            .parts(
                "state",
                .one("input_name", .string), .one("output_name", .string), .one("data_type", dataType),
                .many("dims", .integer),
                .parts(
                    "initial_state",
                    .one("data_type", dataType), .many("dims", .integer), .one("zero_data", .bool, .whenGiven),
                    .one("data_file", .string, .whenGiven), .one("name", .string)),
                .one("use_same_buffer_for_input_output", .bool), .one("use_growable_memory", .bool)),
            .one("iterative_sequence", .bool)))

    private static let ensembling = Kind.message(
        .init(
            .parts(
                "step",
                .one("model_name", .string), .one("model_version", .integer), .map("input_map", .string),
                .map("output_map", .string), .one("model_namespace", .string)),
            .one("max_inflight_requests", .integer)))

    private static let instanceGroup = Kind.message(
        .init(
            .one("name", .string), .one("kind", .enumeration(["KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"])),
            .one("count", .integer),
            .part(
                "rate_limiter",
                .parts("resources", .one("name", .string), .one("global", .bool), .one("count", .integer)),
                .one("priority", .integer)),
            .many("gpus", .integer),
            .parts("secondary_devices", .one("kind", .enumeration(["KIND_NVDLA"])), .one("device_id", .integer)),
            .many("profile", .string), .one("passive", .bool), .one("host_policy", .string)))

    private static let warmup = Kind.message(
        .init(
            .one("name", .string), .one("batch_size", .integer),
            .map(
                "inputs",
                .message(
                    .init(
                        .one("data_type", dataType), .many("dims", .integer), .one("zero_data", .bool, .whenGiven),
                        .one("random_data", .bool, .whenGiven), .one("input_data_file", .string, .whenGiven)))),
            .one("count", .integer)))

    private static let metrics = Kind.message(
        .init(
            .parts(
                "metric_control",
                .part("metric_identifier", .one("family", .string)),
                .part("histogram_options", .many("buckets", .number)))))
}
