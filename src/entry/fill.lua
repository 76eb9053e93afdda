-- fill: stores a loaded value, if the ticket still has the right to.
-- KEYS[1]  the entry
-- ARGV[1]  ticket
-- ARGV[2]  age of the load, ms
-- ARGV[3]  how long to keep the entry, ms
-- ARGV[4]  the value entry from its ttl on
-- Returns 1 when stored, 0 when the load was overtaken.
local held = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] + 3)
if held ~= 'L1 ' .. ARGV[1] and held ~= 'R1 ' .. ARGV[1] .. ' ' then
  return 0
end
local time = redis.call('TIME')
local born = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[2]
redis.call('SET', KEYS[1], string.format('V1 %s %.0f ', ARGV[1], born) .. ARGV[4], 'PX', ARGV[3])
return 1
