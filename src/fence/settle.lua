#!lua flags=allow-oom
-- settle: takes a fence down after its transaction has ended. What is stored only shrinks, so a full server does it.
-- KEYS[1]  the entry
-- ARGV[1]  the fence token
-- Returns 1 when the fence was taken down, 0 when there was none.
local raw = redis.call('GET', KEYS[1])
if not raw or string.sub(raw, 1, 2) ~= 'F ' then
  return 0
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
