-- wrk -s post.lua URL -- BODY_FILE: posts the file as JSON, and prints requests, errors, the median latency and the p99.
function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    file:close()
    wrk.headers["Content-Type"] = "application/json"
    request_text = wrk.format()
end

function request()
    return request_text
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d\n", summary.requests,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50),
        latency:percentile(99)))
end
