-- restamp: gives a session another stamp.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  name
-- ARGV[2]  its stamp from now on
-- ARGV[3]  it ends when it was not used for so long, ms
-- ARGV[4]  it ends so long after it began, ms
-- Returns 1, or 0 when it is not there.
local meta = redis.call('HGET', KEYS[1], 'm' .. ARGV[1])
if not meta then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local born, seen, revision = string.match(meta, '^(%d+) (%d+) (%d+)')
if math.min(seen + ARGV[3], born + ARGV[4]) <= now then
  return 0
end
redis.call('HSET', KEYS[1], 'm' .. ARGV[1], table.concat({born, seen, revision, ARGV[2]}, ' '))
return 1
