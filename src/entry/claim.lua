-- claim: the right to fill an entry.
-- KEYS[1]  the entry
-- ARGV[1]  ticket
-- ARGV[2]  lease of the ticket, ms
-- Returns 1 when granted, 0 when somebody else holds the right.
--
-- Absent: becomes `L1 ticket`, which ends by itself. A value: stays readable behind `R1 ticket until`; its own
-- expiry is kept. `until` is this server's time, so no other clock takes part.
local entry = redis.call('GET', KEYS[1])
if not entry then
  redis.call('SET', KEYS[1], 'L1 ' .. ARGV[1], 'PX', ARGV[2])
  return 1
end
local state = string.sub(entry, 1, 3)
if state == 'L1 ' then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if state == 'R1 ' then
  local holder, untilMs, value = string.match(entry, '^R1 (%S+) (%d+) (V1 .*)$')
  if holder and tonumber(untilMs) > now then
    return 0
  end
  entry = value
  state = entry and 'V1 ' or ''
end
if state == 'V1 ' then
  redis.call('SET', KEYS[1], string.format('R1 %s %.0f ', ARGV[1], now + ARGV[2]) .. entry, 'KEEPTTL')
else
  -- Not an entry of this format: nobody can read it, so a claim replaces it.
  redis.call('SET', KEYS[1], 'L1 ' .. ARGV[1], 'PX', ARGV[2])
end
return 1
