-- move: moves the last tick of a schedule on, unless somebody else did or it is paused.
-- KEYS[1] its key: "<last tick in ms> <1 when paused, else 0>"
-- ARGV[1] the tick that is the last; ARGV[2] the one that is from now on
-- Returns 1 when it was moved, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] .. ' 0' then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ' 0')
return 1
