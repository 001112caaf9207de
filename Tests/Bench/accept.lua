-- For wrk: the request that creates a verification.
wrk.method = "POST"
wrk.path = "/verify/create"
wrk.headers["X-API-Key"] = os.getenv("NAMASKAH_LOAD_KEY")
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"service":"telegram","country":"england","capability":"sms"}'

local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() others = 0 end
-- Answers other than the 202 of an accepted request are what wrk does not tell apart.
function response(status) if status ~= 202 then others = others + 1 end end
function done(summary)
    local others = 0
    for _, thread in ipairs(threads) do others = others + thread:get("others") end
    io.write(string.format("accepted %d in %d us\n", summary.requests - others, summary.duration))
end
