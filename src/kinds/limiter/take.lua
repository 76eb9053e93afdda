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
-- Counted from 2023, which leaves a double room for fractions: rounded to whole microseconds, thousands of takes in
-- one period would gain or lose a unit, and small intervals would cost nothing.
local now = (time[1] - 1700000000) * 1000000 + time[2]
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local kept = arrival
-- A clock that was set back, or a rate that was lowered, must not deny for longer than a period. This moment is kept,
-- or it would be a period from every call on.
arrival = math.min(arrival, now + period)
local next = arrival + interval * tonumber(ARGV[3])
local allowed = 0
local wait = 0
-- What roundings may add up to must not cost the last unit.
if next - now <= period + math.min(interval / 100, 100) then
  allowed = 1
  arrival = next
else
  wait = math.ceil((next - now - period) / 1000)
end
if arrival ~= kept then
  local expires = math.max(1, math.ceil((arrival - now) / 1000))
  redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', expires)
end
local remaining = math.floor((now + period - arrival) / interval + 0.01)
return {allowed, math.max(0, remaining), wait, math.ceil((arrival - now) / 1000)}
