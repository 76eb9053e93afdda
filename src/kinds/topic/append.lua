-- append: appends events to a stream, numbered without a gap, and drops what is beyond its bounds.
-- KEYS[1]  the stream: each entry has its number as id, and e event, t time in ms, p payload
-- KEYS[2]  its line: a hash of line, the name of this run of numbers, and seq, the last of them
-- KEYS[3]  events that may repeat, by their number
-- ARGV[1]  the name of a new line
-- ARGV[2]  the most events that the stream keeps
-- ARGV[3]  how long it keeps them, ms
-- ARGV[4]  how long the line is kept, ms
-- ARGV[5]  how many events that may repeat are remembered
-- ARGV[6]  event; ARGV[7] 1 when it may repeat; ARGV[8] payload; and so on
-- Returns the number of each event; 0 for one that is known already.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seq = tonumber(redis.call('HGET', KEYS[2], 'seq'))
if not seq then
  -- Numbers begin anew, so nothing of the old ones may stay.
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[2], 'line', ARGV[1])
  seq = 0
end

local numbers = {}
local repeats = false
for index = 6, #ARGV, 3 do
  local known = false
  if ARGV[index + 1] == '1' then
    repeats = true
    known = redis.call('ZSCORE', KEYS[3], ARGV[index])
  end
  if known then
    numbers[#numbers + 1] = 0
  else
    seq = seq + 1
    redis.call('XADD', KEYS[1], string.format('%.0f-0', seq), 'e', ARGV[index], 't', string.format('%.0f', now),
      'p', ARGV[index + 2])
    if ARGV[index + 1] == '1' then
      redis.call('ZADD', KEYS[3], string.format('%.0f', seq), ARGV[index])
    end
    numbers[#numbers + 1] = seq
  end
end
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', seq))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if repeats then
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[5])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end

redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[2])
-- Some of the oldest at a time: more than are appended at a time, so it catches up.
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 20 + 2 * #numbers)
local young = nil
for _, entry in ipairs(oldest) do
  if tonumber(entry[2][4]) > now - ARGV[3] then
    break
  end
  young = entry[1]
end
if young then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f-0', tonumber(string.match(young, '^%d+')) + 1))
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return numbers
