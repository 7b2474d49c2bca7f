extension ConfigurationSchema {
    static let dataTypes = [
        "TYPE_INVALID", "TYPE_BOOL", "TYPE_UINT8", "TYPE_UINT16", "TYPE_UINT32", "TYPE_UINT64", "TYPE_INT8",
        "TYPE_INT16", "TYPE_INT32", "TYPE_INT64", "TYPE_FP16", "TYPE_FP32", "TYPE_FP64", "TYPE_STRING", "TYPE_BF16",
    ]
    static let instanceKinds = ["KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"]

    /// Triton's `ModelConfig`, and AMD's `Config` (`inputs`, `outputs`, `versions`, `datatype`, `shape`) with it.
    static let model = ConfigurationSchema([
        .string("name"), .string("platform"), .string("backend"), versionPolicy, .int32("max_batch_size"),
        .messages("input", input), .messages("output", output), .messages("inputs", input),
        .messages("outputs", output), .strings("versions"), instanceGroup, .string("default_model_filename"),
        .map("cc_model_filenames", .string), .map("metric_tags", .string), dynamicBatching, sequenceBatching,
        ensembling, optimization, .map("parameters", .message(.init(parameter))), warmup,
        .message("model_operations", [.strings("op_library_filename")]),
        .message("model_transaction_policy", [.bool("decoupled")]), batchInput, batchOutput,
        .message(
            "model_repository_agents",
            [.messages("agents", [.string("name"), .map("parameters", .string)])]),
        .message("response_cache", [.bool("enable")]), .string("runtime"), metrics,
    ])

    private static let dataType = Kind.enumeration(dataTypes)

    private static let input: [Field] = [
        .string("name"), Field("data_type", dataType), .string("datatype"), .int64s("dims"), .int64s("shape"),
        Field("format", .enumeration(["FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW"])),
        .message("reshape", [.int64s("shape")]), .bool("is_shape_tensor"), .bool("allow_ragged_batch"),
        .bool("optional"), .bool("is_non_linear_format_io"),
    ]

    private static let output: [Field] = [
        .string("name"), Field("data_type", dataType), .string("datatype"), .int64s("dims"), .int64s("shape"),
        .string("label_filename"), .message("reshape", [.int64s("shape")]), .bool("is_shape_tensor"),
        .bool("is_non_linear_format_io"),
    ]

    private static let versionPolicy = Field.message(
        "version_policy",
        [
            .message("latest", [Field("num_versions", .integer(0...Int64(UInt32.max)))]), .message("all", []),
            .message("specific", [.int64s("versions")]),
        ])

    private static let instanceGroup = Field.messages(
        "instance_group",
        [
            .string("name"), Field("kind", .enumeration(instanceKinds)), .int32("count"),
            .message(
                "rate_limiter",
                [
                    .messages("resources", [.string("name"), .bool("global"), .unsigned("count")]),
                    .unsigned("priority"),
                ]),
            .int64s("gpus"),
            .messages("secondary_devices", [Field("kind", .enumeration(["KIND_NVDLA"])), .unsigned("device_id")]),
            .strings("profile"), .bool("passive"), .string("host_policy"),
        ])

    private static let queuePolicy: [Field] = [
        Field("timeout_action", .enumeration(["REJECT", "DELAY"])), .unsigned("default_timeout_microseconds"),
        .bool("allow_timeout_override"), .unsigned("max_queue_size"),
    ]

    private static let dynamicBatching = Field.message(
        "dynamic_batching",
        [
            .int64s("preferred_batch_size"), .unsigned("max_queue_delay_microseconds"), .bool("preserve_ordering"),
            .unsigned("priority_levels"), .unsigned("default_priority_level"),
            .message("default_queue_policy", queuePolicy),
            .messages("priority_queue_policy", [.unsigned("key"), .message("value", queuePolicy)]),
        ])

    private static let initialState: [Field] = [
        Field("data_type", dataType), .int64s("dims"), .bool("zero_data"), .string("data_file"), .string("name"),
    ]

    static let controlKinds = [
        "CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_READY", "CONTROL_SEQUENCE_END", "CONTROL_SEQUENCE_CORRID",
    ]

    private static let control: [Field] = [
        Field("kind", .enumeration(controlKinds)), .int64s("int32_false_true"),
        Field("fp32_false_true", .number, repeated: true), Field("bool_false_true", .boolean, repeated: true),
        Field("data_type", dataType),
    ]

    private static let sequenceBatching = Field.message(
        "sequence_batching",
        [
            .unsigned("max_sequence_idle_microseconds"),
            .messages("control_input", [.string("name"), .messages("control", control)]),
            .messages(
                "state",
                [
                    .string("input_name"), .string("output_name"), Field("data_type", dataType), .int64s("dims"),
                    .messages("initial_state", initialState), .bool("use_same_buffer_for_input_output"),
                    .bool("use_growable_memory"),
                ]),
            .message(
                "direct", [.unsigned("max_queue_delay_microseconds"), Field("minimum_slot_utilization", .number)]),
            .message(
                "oldest",
                [
                    .unsigned("max_candidate_sequences"), .int64s("preferred_batch_size"),
                    .unsigned("max_queue_delay_microseconds"), .bool("preserve_ordering"),
                ]),
            .bool("iterative_sequence"), .bool("generative_sequence"),
        ])

    private static let ensembling = Field.message(
        "ensemble_scheduling",
        [
            .messages(
                "step",
                [
                    .string("model_name"), Field("model_version", Field.int64), .map("input_map", .string),
                    .map("output_map", .string), .string("model_namespace"),
                ]),
            .unsigned("max_inflight_requests"),
        ])

    private static let accelerator: [Field] = [.string("name"), .map("parameters", .string)]

    private static let optimization = Field.message(
        "optimization",
        [
            .message("graph", [.int32("level")]),
            Field("priority", .enumeration(["PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN"])),
            .message(
                "cuda",
                [
                    .bool("graphs"), .bool("busy_wait_events"), .messages("graph_spec", graphSpec),
                    .bool("output_copy_stream"),
                ]),
            .message(
                "execution_accelerators",
                [
                    .messages("gpu_execution_accelerator", accelerator),
                    .messages("cpu_execution_accelerator", accelerator),
                ]),
            .message("input_pinned_memory", [.bool("enable")]), .message("output_pinned_memory", [.bool("enable")]),
            .unsigned("gather_kernel_buffer_threshold"), .bool("eager_batching"),
        ])

    private static let graphShape = Kind.message(.init([.int64s("dim")]))
    private static let graphSpec: [Field] = [
        .int32("batch_size"), .map("input", graphShape),
        .message("graph_lower_bound", [.int32("batch_size"), .map("input", graphShape)]),
    ]

    private static let warmup = Field.messages(
        "model_warmup",
        [
            .string("name"), .unsigned("batch_size"),
            .map(
                "inputs",
                .message(
                    .init([
                        Field("data_type", dataType), .int64s("dims"), .bool("zero_data"), .bool("random_data"),
                        .string("input_data_file"),
                    ]))),
            .unsigned("count"),
        ])

    static let batchInputKinds = [
        "BATCH_ELEMENT_COUNT", "BATCH_ACCUMULATED_ELEMENT_COUNT", "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO",
        "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE", "BATCH_ITEM_SHAPE", "BATCH_ITEM_SHAPE_FLATTEN",
    ]

    private static let batchInput = Field.messages(
        "batch_input",
        [
            Field("kind", .enumeration(batchInputKinds)),
            .strings("target_name"), Field("data_type", dataType), .strings("source_input"),
        ])

    private static let batchOutput = Field.messages(
        "batch_output",
        [
            .strings("target_name"), Field("kind", .enumeration(["BATCH_SCATTER_WITH_INPUT_SHAPE"])),
            .strings("source_input"),
        ])

    /// Triton's `string_value`, and the typed parameters of AMD's server.
    private static let parameter: [Field] = [
        .string("string_value"), .bool("bool_param"), Field("int64_param", Field.int64), .string("string_param"),
        Field("double_param", .number),
    ]

    private static let metrics = Field.message(
        "model_metrics",
        [
            .messages(
                "metric_control",
                [
                    .message("metric_identifier", [.string("family")]),
                    .message("histogram_options", [Field("buckets", .number, repeated: true)]),
                ])
        ])
}
