-- pause: pauses a schedule, or lets it go on from the present.
-- KEYS[1] its key: "<last tick in ms> <1 when paused, else 0>"
-- ARGV[1] 1 to pause it, else 0
-- Returns 1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last, paused = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d)$')
last = tonumber(last or now)
if paused == '1' and ARGV[1] == '0' then last = math.max(last, now) end
redis.call('SET', KEYS[1], string.format('%.0f %s', last, ARGV[1]))
return 1
