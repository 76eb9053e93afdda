-- add: a new session. Those of the key that are over go, and those beyond the bound, the longest unused first.
-- KEYS[1]  the sessions of one user: a hash that has of each, by its name, `m`: born ms, seen ms, revision, stamp;
--          and `d`: what it holds. Of one that is elsewhere `l`: until when that is known, ms, and where
-- ARGV[1]  name
-- ARGV[2]  what it holds
-- ARGV[3]  stamp
-- ARGV[4]  it ends when it was not used for so long, ms
-- ARGV[5]  it ends so long after it began, ms
-- ARGV[6]  the most under this key
-- Returns {the server's time, ms}; or {where it is} when one of that name was forwarded.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local link = redis.call('HGET', KEYS[1], 'l' .. ARGV[1])
if link then
  local till, place = string.match(link, '^(%d+) (.*)$')
  if tonumber(till) > now then
    return {place}
  end
  redis.call('HDEL', KEYS[1], 'l' .. ARGV[1])
end
local alive = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 1) == 'm' then
    local name = string.sub(field, 2)
    local born, seen = string.match(redis.call('HGET', KEYS[1], field), '^(%d+) (%d+)')
    if math.min(seen + ARGV[4], born + ARGV[5]) <= now then
      redis.call('HDEL', KEYS[1], field, 'd' .. name)
    else
      alive[#alive + 1] = {name, tonumber(seen)}
    end
  end
end
table.sort(alive, function(a, b) return a[2] < b[2] end)
for index = 1, #alive + 1 - ARGV[6] do
  redis.call('HDEL', KEYS[1], 'm' .. alive[index][1], 'd' .. alive[index][1])
end
redis.call('HSET', KEYS[1], 'm' .. ARGV[1], string.format('%.0f %.0f 0 %s', now, now, ARGV[3]), 'd' .. ARGV[1], ARGV[2])
local left = math.min(ARGV[4], ARGV[5])
if redis.call('PTTL', KEYS[1]) < left then
  redis.call('PEXPIRE', KEYS[1], left)
end
return {now}
