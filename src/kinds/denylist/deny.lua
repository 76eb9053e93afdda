-- deny: notes that something is denied, for at least so long.
-- KEYS[1]  it
-- ARGV[1]  for how long, ms
-- Returns 1.
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
return 1
