-- put: stores a value whatever is there. A ticket that was out is void: its holder finds another one here.
-- KEYS[1]  the entry
-- ARGV[1]  token of the value
-- ARGV[2]  how long to keep the entry, ms
-- ARGV[3]  the value entry from its ttl on
-- Returns 1.
local time = redis.call('TIME')
local born = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], string.format('V1 %s %.0f ', ARGV[1], born) .. ARGV[3], 'PX', ARGV[2])
return 1
