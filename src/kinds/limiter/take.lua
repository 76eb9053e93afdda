-- take: takes units of a rate limit, if they are there (GCRA). By the server's clock, in microseconds.
-- KEYS[1]  the limit: its theoretical arrival time
-- ARGV[1]  units per period
-- ARGV[2]  period, ms
-- ARGV[3]  units to take
-- Returns {allowed 0|1, remaining units, ms until the units would be allowed, ms until all are free}.
local limit = tonumber(ARGV[1])
local period = tonumber(ARGV[2]) * 1000
local interval = period / limit
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
-- A clock that was set back must not deny for longer than a period.
arrival = math.min(arrival, now + period)
local next = arrival + interval * tonumber(ARGV[3])
local allowed = 0
local wait = 0
-- Rounding of the interval must not cost the last unit.
if next - now <= period + 1 then
  allowed = 1
  arrival = next
  redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.max(1, math.ceil((next - now) / 1000)))
else
  wait = math.ceil((next - now - period) / 1000)
end
local remaining = math.floor((now + period - arrival) / interval + 0.001)
return {allowed, math.max(0, remaining), wait, math.ceil((arrival - now) / 1000)}
