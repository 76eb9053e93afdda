-- acquire: takes a lock, if nobody holds it, and counts its fencing token on.
-- KEYS[1]  the lock
-- KEYS[2]  the last token that was granted
-- ARGV[1]  owner
-- ARGV[2]  lease, ms
-- ARGV[3]  how long the last token is remembered, ms
-- Returns the fencing token, or false when somebody holds the lock.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token = math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0') + 1)
local text = string.format('%.0f', token)
redis.call('SET', KEYS[2], text, 'PX', ARGV[3])
return text
