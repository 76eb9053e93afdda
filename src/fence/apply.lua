-- apply: puts the value that a transaction committed in the place of its fence, if no other fence stood since.
-- KEYS[1]  the entry
-- ARGV[1]  the fence token
-- ARGV[2]  the entry to store
-- ARGV[3]  how long to keep it, ms
-- Returns 1 when stored, 0 when the fence is contended or gone.
if redis.call('GET', KEYS[1]) ~= 'F 0 ' .. ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
