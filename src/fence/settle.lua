-- settle: takes a fence down after its transaction has ended.
-- KEYS[1]  the entry
-- ARGV[1]  the fence token
-- ARGV[2]  the entry to store, if no other fence stood since; '' for none
-- ARGV[3]  how long to keep it, ms
-- Returns 2 when the entry was stored, 1 when the fence was taken down, 0 when there was none.
local raw = redis.call('GET', KEYS[1])
if not raw or string.sub(raw, 1, 2) ~= 'F ' then
  return 0
end
if ARGV[2] ~= '' and raw == 'F 0 ' .. ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 2
end
local others = ''
local found = 0
for token in string.gmatch(string.sub(raw, 5), '[^ ]+') do
  if token == ARGV[1] then
    found = 1
  else
    others = others .. ' ' .. token
  end
end
if found == 0 then
  return 0
end
if others == '' then
  redis.call('DEL', KEYS[1])
else
  -- Contended for good: a value read before one of them committed must not be stored by another.
  redis.call('SET', KEYS[1], 'F 1' .. others)
end
return 1
