-- apply: puts values that a transaction committed in the place of its fences, where no other fence stood since.
-- KEYS[1]  the first entry; so are all other keys
-- ARGV[1]  the fence token
-- ARGV[2]  the entry to store under the first key; those of the others are at ARGV[4], ARGV[6] and so on
-- ARGV[3]  how long to keep it, ms; those of the others are at ARGV[5], ARGV[7] and so on
-- Returns for each key 1 when stored, 0 when the fence is contended or gone.
local stored = {}
for place, key in ipairs(KEYS) do
  if redis.call('GET', key) == 'F 0 ' .. ARGV[1] then
    redis.call('SET', key, ARGV[2 * place], 'PX', ARGV[2 * place + 1])
    stored[place] = 1
  else
    stored[place] = 0
  end
end
return stored
