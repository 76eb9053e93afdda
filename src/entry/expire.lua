-- expire: makes an entry count as not fresh any more, and overtakes the load in flight.
-- KEYS[1]  the entry
-- KEYS[2]  its ticket
-- ARGV[1]  the entry's new token
-- Returns 1 when there was an entry, else 0.
redis.call('DEL', KEYS[2])
local raw = redis.call('GET', KEYS[1])
if not raw then
  return 0
end
local expired, count = string.gsub(raw, '^V1 %S+ (%S+) %S+ ', 'V1 ' .. ARGV[1] .. ' %1 0 ', 1)
if count == 0 then
  -- Nothing that could be served stale.
  return redis.call('DEL', KEYS[1])
end
redis.call('SET', KEYS[1], expired, 'KEEPTTL')
return 1
