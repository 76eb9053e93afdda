-- extend: renews the lease of a lock that is still this owner's.
-- KEYS[1]  the lock
-- ARGV[1]  owner
-- ARGV[2]  lease from now on, ms
-- Returns 1 when it was held by this owner, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
