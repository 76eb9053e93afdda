-- find: a session, if it is there; and perhaps that it is used now.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  it ends when it was not used for so long, ms
-- ARGV[3]  it ends so long after it began, ms
-- ARGV[4]  a use is noted when the last one is so long ago, ms; empty: this is no use
-- Returns {what it holds, `m`, the server's time in ms}; {where it is now}; or {}.
local data, meta, link = unpack(redis.call('HMGET', KEYS[1], 'd' .. ARGV[1], 'm' .. ARGV[1], 'l' .. ARGV[1]))
if not link and not (data and meta) then
  return {}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if link then
  local till, place = string.match(link, '^(%d+) (.*)$')
  return tonumber(till) > now and {place} or {}
end
local born, seen, rest = string.match(meta, '^(%d+) (%d+) (.*)$')
if math.min(seen + ARGV[2], born + ARGV[3]) <= now then
  redis.call('HDEL', KEYS[1], 'm' .. ARGV[1], 'd' .. ARGV[1])
  return {}
end
if ARGV[4] ~= '' and now - seen >= tonumber(ARGV[4]) then
  meta = string.format('%s %.0f %s', born, now, rest)
  redis.call('HSET', KEYS[1], 'm' .. ARGV[1], meta)
  local left = math.min(ARGV[2], born + ARGV[3] - now)
  if redis.call('PTTL', KEYS[1]) < left then
    redis.call('PEXPIRE', KEYS[1], left)
  end
end
return {data, meta, now}
