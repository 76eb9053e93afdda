-- replace: what a session holds becomes something else, if it is there and has this revision. It is used by that.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  what it holds from now on
-- ARGV[3]  the revision that it must have; empty for any
-- ARGV[4]  it ends when it was not used for so long, ms
-- ARGV[5]  it ends so long after it began, ms
-- Returns 'replaced', 'changed' when it has another revision, or 'absent'.
local meta = redis.call('HGET', KEYS[1], 'm' .. ARGV[1])
if not meta then
  return 'absent'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local born, seen, revision, stamp = string.match(meta, '^(%d+) (%d+) (%d+) (%d+)$')
if math.min(seen + ARGV[4], born + ARGV[5]) <= now then
  redis.call('HDEL', KEYS[1], 'm' .. ARGV[1], 'd' .. ARGV[1])
  return 'absent'
end
if ARGV[3] ~= '' and ARGV[3] ~= revision then
  return 'changed'
end
redis.call('HSET', KEYS[1], 'd' .. ARGV[1], ARGV[2], 'm' .. ARGV[1],
  string.format('%s %.0f %.0f %s', born, now, revision + 1, stamp))
local left = math.min(ARGV[4], born + ARGV[5] - now)
if redis.call('PTTL', KEYS[1]) < left then
  redis.call('PEXPIRE', KEYS[1], left)
end
return 'replaced'
