-- fill: stores a loaded value, if the key is still leased to this load.
-- KEYS[1]  the entry
-- ARGV[1]  the lease
-- ARGV[2]  the entry to store
-- ARGV[3]  how long to keep it, ms
-- Returns 1 when stored, 0 when a writer came first or the lease ended.
if redis.call('GET', KEYS[1]) ~= 'L ' .. ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
