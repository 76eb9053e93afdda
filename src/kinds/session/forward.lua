-- forward: takes a session away, and says for as long as one may live where it is from now on.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  it ends when it was not used for so long, ms
-- ARGV[3]  it ends so long after it began, ms
-- ARGV[4]  where it is from now on; empty: it has ended, which is not said of one that is not here
-- ARGV[5]  where one that was forwarded must be said to be, unless it ends; empty: nowhere
-- Returns what stood here: {what it held, `m`, the server's time in ms}; {where it was said to be}; or {}.
local data, meta, link = unpack(redis.call('HMGET', KEYS[1], 'd' .. ARGV[1], 'm' .. ARGV[1], 'l' .. ARGV[1]))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stood = {}
if link then
  local till, place = string.match(link, '^(%d+) (.*)$')
  if tonumber(till) > now then
    if ARGV[4] ~= '' and (ARGV[5] == '' or ARGV[5] ~= place) then
      return {place}
    end
    stood = {place}
  end
elseif data and meta then
  local born, seen = string.match(meta, '^(%d+) (%d+)')
  if math.min(seen + ARGV[2], born + ARGV[3]) > now then
    stood = {data, meta, now}
  end
end
if ARGV[4] == '' and #stood == 0 then
  return {}
end
redis.call('HDEL', KEYS[1], 'd' .. ARGV[1], 'm' .. ARGV[1])
redis.call('HSET', KEYS[1], 'l' .. ARGV[1], string.format('%.0f %s', now + ARGV[3], ARGV[4]))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return stood
