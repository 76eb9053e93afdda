-- bury: ends the work on an event that nobody could do, and keeps the event apart, with the reason.
-- KEYS[1]  the stream
-- KEYS[2]  the buried events of the group
-- ARGV[1]  group
-- ARGV[2]  the event's number
-- ARGV[3]  reason
-- ARGV[4]  attempts
-- ARGV[5]  the most that are kept
-- ARGV[6]  how long they are kept after the last, ms
-- Returns 1, or 0 when the event is not given to anybody any more.
local id = ARGV[2] .. '-0'
local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
if redis.call('XACK', KEYS[1], ARGV[1], id) == 0 then
  return 0
end
if entry then
  local fields = entry[2]
  redis.call('XADD', KEYS[2], 'MAXLEN', '=', ARGV[5], '*', fields[1], fields[2], fields[3], fields[4], fields[5],
    fields[6], 's', ARGV[2], 'r', ARGV[3], 'n', ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
end
return 1
