-- look: how a schedule is; one that is not known begins with the present.
-- KEYS[1] its key: "<last tick in ms> <1 when paused, else 0>"
-- Returns {last, paused, now}; times are texts in ms since 1970
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local row = redis.call('GET', KEYS[1])
if not row then
  row = now .. ' 0'
  redis.call('SET', KEYS[1], row)
end
local last, paused = string.match(row, '^(%d+) (%d)$')
return { last, paused, now }
