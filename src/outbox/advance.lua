-- advance: moves the mark of a lane of the outbox, if it is the one that its relay left.
-- KEYS[1]  the mark
-- ARGV[1]  the mark that is expected; empty for none
-- ARGV[2]  the new one
-- ARGV[3]  how long it is kept after that, ms
-- Returns the mark that stood, empty for none. Another one than expected stays.
local mark = redis.call('GET', KEYS[1]) or ''
if mark == ARGV[1] and ARGV[2] ~= '' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return mark
