-- report: adds what a writer counted beyond its last report. One that comes twice, or late, adds nothing.
-- KEYS[1]  the tally: a hash of counts, times, and of the last report of each writer
-- ARGV[1]  writer
-- ARGV[2]  how long the last report of a silent writer is kept, ms
-- ARGV[3]  how long the tally is kept after the last report of all, ms
-- ARGV[4]  age of the last refresh, ms; empty for none
-- ARGV[5]  age of the last failure, ms; empty for none
-- ARGV[6]  a name; ARGV[7] its count; and so on
-- Returns 1, or 0 when the writer was not known: then this report is where its next is counted from.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own = 'w:' .. ARGV[1]
local known = redis.call('HGET', KEYS[1], own)

local last = {}
for name, count in string.gmatch(known or '', '(%w+)=(%d+)') do
  last[name] = tonumber(count)
end
for index = 6, #ARGV, 2 do
  local name, count = ARGV[index], tonumber(ARGV[index + 1])
  local added = count - (last[name] or 0)
  if added > 0 then
    if known then
      redis.call('HINCRBY', KEYS[1], name, string.format('%.0f', added))
    end
    last[name] = count
  end
end
local row = string.format('%.0f', now)
for name, count in pairs(last) do
  row = row .. ' ' .. name .. '=' .. string.format('%.0f', count)
end
redis.call('HSET', KEYS[1], own, row)

for place, field in ipairs({ 'refreshed', 'failed' }) do
  local age = ARGV[place + 3]
  if age ~= '' and now - age > tonumber(redis.call('HGET', KEYS[1], field) or '0') then
    redis.call('HSET', KEYS[1], field, string.format('%.0f', now - age))
  end
end

if not known then
  redis.call('HSETNX', KEYS[1], 'since', string.format('%.0f', now))
  -- Writers come and go: each that comes sweeps out those that went.
  local fields = redis.call('HGETALL', KEYS[1])
  for index = 1, #fields, 2 do
    local seen = string.sub(fields[index], 1, 2) == 'w:' and tonumber(string.match(fields[index + 1], '^%d+'))
    if seen and seen < now - ARGV[2] then
      redis.call('HDEL', KEYS[1], fields[index])
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return known and 1 or 0
