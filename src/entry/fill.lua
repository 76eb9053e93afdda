-- fill: stores a loaded value, if its load was not overtaken.
-- KEYS[1]  the entry
-- KEYS[2]  its ticket
-- ARGV[1]  the ticket of this load
-- ARGV[2]  token of the entry to replace; `-` for none, `?` for something that is no entry
-- ARGV[3]  age of the load, ms
-- ARGV[4]  how long to keep the entry, ms
-- ARGV[5]  the entry from its ttl on
-- Returns 1 when stored, 0 when the load was overtaken.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[2])
local same
if ARGV[2] == '-' then
  same = redis.call('EXISTS', KEYS[1]) == 0
elseif ARGV[2] == '?' then
  same = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('GETRANGE', KEYS[1], 0, 2) ~= 'V1 '
else
  same = redis.call('GETRANGE', KEYS[1], 0, #ARGV[2] + 3) == 'V1 ' .. ARGV[2] .. ' '
end
if not same then
  return 0
end
local time = redis.call('TIME')
local born = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[3]
redis.call('SET', KEYS[1], string.format('V1 %s %.0f ', ARGV[1], born) .. ARGV[5], 'PX', ARGV[4])
return 1
