#!lua flags=allow-oom
-- settle: takes fences down after their transaction has ended. What is stored only shrinks, so a full server does it.
-- KEYS[1]  the first entry; so are all other keys
-- ARGV[1]  the fence token
-- Returns for each key 1 when the fence was taken down, 0 when there was none.
local settled = {}
for place, key in ipairs(KEYS) do
  local raw = redis.call('GET', key)
  settled[place] = 0
  if raw == 'F 0 ' .. ARGV[1] then
    redis.call('DEL', key)
    settled[place] = 1
  elseif raw and string.sub(raw, 1, 2) == 'F ' then
    local others = ''
    for token in string.gmatch(string.sub(raw, 5), '[^ ]+') do
      if token == ARGV[1] then
        settled[place] = 1
      else
        others = others .. ' ' .. token
      end
    end
    if settled[place] == 1 and others == '' then
      redis.call('DEL', key)
    elseif settled[place] == 1 then
      -- Contended for good: a value read before one of them committed must not be stored by another.
      redis.call('SET', key, 'F 1' .. others)
    end
  end
end
return settled
