-- remove: ends a session.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  it ends when it was not used for so long, ms
-- ARGV[3]  it ends so long after it began, ms
-- Returns {what it held, `m`, the server's time in ms}, or {} when it was over before.
local data, meta = unpack(redis.call('HMGET', KEYS[1], 'd' .. ARGV[1], 'm' .. ARGV[1]))
if not data or not meta then
  return {}
end
redis.call('HDEL', KEYS[1], 'm' .. ARGV[1], 'd' .. ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local born, seen = string.match(meta, '^(%d+) (%d+)')
if math.min(seen + ARGV[2], born + ARGV[3]) <= now then
  return {}
end
return {data, meta, now}
