-- release: gives a lock back, if it is still this owner's; it is kept for whoever waits longest, who is woken.
-- Of an owner that only waits: it waits no longer.
-- KEYS[1]  the lock
-- KEYS[2]  who waits: by owner, since when (µs) and until when it counts as alive (ms)
-- KEYS[3]  the wake: every process is told of a change of this key, which holds nothing
-- ARGV[1]  owner
-- ARGV[2]  how long the lock is kept for the next one, ms
-- Returns 1 when it was held by this owner, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 0
end
local waiting = redis.call('HGETALL', KEYS[2])
local first, since
if #waiting > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for index = 1, #waiting, 2 do
    local arrived, alive = string.match(waiting[index + 1], '^(%d+) (%d+)$')
    if tonumber(alive) < now or waiting[index] == ARGV[1] then
      redis.call('HDEL', KEYS[2], waiting[index])
    elseif not since or tonumber(arrived) < since then
      first, since = waiting[index], tonumber(arrived)
    end
  end
end
if not first then
  return redis.call('DEL', KEYS[1])
end
redis.call('HDEL', KEYS[2], first)
redis.call('SET', KEYS[1], first, 'PX', ARGV[2])
redis.call('SET', KEYS[3], '', 'PX', 1000)
redis.call('DEL', KEYS[3])
return 1
