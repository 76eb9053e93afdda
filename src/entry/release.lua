-- release: gives a ticket back unused.
-- KEYS[1]  the entry
-- ARGV[1]  ticket
-- Returns 1 when the ticket was held. A claimed value is readable as before, with its own expiry.
local held = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] + 3)
if held == 'L1 ' .. ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 1
end
if held == 'R1 ' .. ARGV[1] .. ' ' then
  local value = string.match(redis.call('GET', KEYS[1]), '^R1 %S+ %d+ (V1 .*)$')
  redis.call('SET', KEYS[1], value, 'KEEPTTL')
  return 1
end
return 0
