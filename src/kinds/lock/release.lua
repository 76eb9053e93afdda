-- release: gives a lock back, if it is still this owner's.
-- KEYS[1]  the lock
-- ARGV[1]  owner
-- Returns 1 when it was held by this owner, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
