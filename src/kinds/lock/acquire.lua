-- acquire: takes a lock that is free, or kept for this owner, and counts on; who waits for it gets in line.
-- KEYS[1]  the lock: its owner
-- KEYS[2]  the last count that was granted
-- KEYS[3]  who waits: by owner, since when (µs) and until when it counts as alive (ms)
-- ARGV[1]  owner
-- ARGV[2]  lease, ms
-- ARGV[3]  how long the last count is remembered, ms
-- ARGV[4]  how long this owner counts as waiting, ms; 0: it does not wait
-- ARGV[5]  how many may wait
-- Returns {1, count}, or {0, ms left of the other one's lease}.
local owner = ARGV[1]
local patience = tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= owner then
  if patience > 0 then
    local seen = redis.call('HGET', KEYS[3], owner)
    if seen or redis.call('HLEN', KEYS[3]) < tonumber(ARGV[5]) then
      local since = seen and string.match(seen, '^%d+') or string.format('%.0f', time[1] * 1000000 + time[2])
      redis.call('HSET', KEYS[3], owner, string.format('%s %.0f', since, now + patience))
      redis.call('PEXPIRE', KEYS[3], patience)
    end
  end
  return {0, redis.call('PTTL', KEYS[1])}
end
if patience > 0 then
  redis.call('HDEL', KEYS[3], owner)
end
redis.call('SET', KEYS[1], owner, 'PX', ARGV[2])
-- Counted from 2023, so that 41 bits are enough for long.
local count = math.max(now - 1672531200000, tonumber(redis.call('GET', KEYS[2]) or '0') + 1)
redis.call('SET', KEYS[2], string.format('%.0f', count), 'PX', ARGV[3])
return {1, count}
