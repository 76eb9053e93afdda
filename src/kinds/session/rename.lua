-- rename: a session has another name from now on, and nobody finds it by the old one. It is used by that.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  its next name
-- ARGV[3]  it ends when it was not used for so long, ms
-- ARGV[4]  it ends so long after it began, ms
-- ARGV[5]  1: it is born now; empty: when it was
-- ARGV[6]  what it holds from now on; left out: what it held
-- Returns {what it holds, `m`, the server's time in ms}, or {}.
local data, meta = unpack(redis.call('HMGET', KEYS[1], 'd' .. ARGV[1], 'm' .. ARGV[1]))
if not data or not meta then
  return {}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local born, seen, rest = string.match(meta, '^(%d+) (%d+) (.*)$')
redis.call('HDEL', KEYS[1], 'm' .. ARGV[1], 'd' .. ARGV[1])
if math.min(seen + ARGV[3], born + ARGV[4]) <= now then
  return {}
end
if ARGV[5] == '1' then
  born = string.format('%.0f', now)
end
data = ARGV[6] or data
meta = string.format('%s %.0f %s', born, now, rest)
redis.call('HSET', KEYS[1], 'm' .. ARGV[2], meta, 'd' .. ARGV[2], data)
-- The hash may have been deleted with its only session, and its expiry with it.
local left = math.min(ARGV[3], born + ARGV[4] - now)
if redis.call('PTTL', KEYS[1]) < left then
  redis.call('PEXPIRE', KEYS[1], left)
end
return {data, meta, now}
