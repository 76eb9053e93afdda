-- take: gives events of a stream to a consumer of a group: first those that others left, then new ones.
-- KEYS[1]  the stream
-- KEYS[2]  its line
-- ARGV[1]  group
-- ARGV[2]  consumer
-- ARGV[3]  how long one must have been left, ms
-- ARGV[4]  the most events
-- Returns {line, events that are not kept any more, {id, attempt, fields} of each}.
local line = redis.call('HGET', KEYS[2], 'line')
if not line or redis.call('EXISTS', KEYS[1]) == 0 then
  return {line or '', 0, {}}
end
local last = nil
for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local found = {}
  for index = 1, #info, 2 do
    found[info[index]] = info[index + 1]
  end
  if found['name'] == ARGV[1] then
    last = tonumber(string.match(found['last-delivered-id'], '^%d+'))
  end
end
if not last then
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')
  last = 0
end

local taken = {}
local most = tonumber(ARGV[4])
local left = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0-0', 'COUNT', most)
local missed = #(left[3] or {})
for _, entry in ipairs(left[2]) do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
  taken[#taken + 1] = {entry[1], pending[1][4], entry[2]}
end
if #taken < most then
  local new = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', most - #taken, 'STREAMS', KEYS[1], '>')
  for index, entry in ipairs(new and new[1][2] or {}) do
    if index == 1 then
      missed = missed + tonumber(string.match(entry[1], '^%d+')) - last - 1
    end
    taken[#taken + 1] = {entry[1], 1, entry[2]}
  end
end
return {line, missed, taken}
