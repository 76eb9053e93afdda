-- take: gives events of a stream to a consumer of a group: first those that others left, then new ones.
-- KEYS[1]  the stream
-- KEYS[2]  its line, which outlives the stream: "g:" and a group is the last number that the group was given
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
  -- New, or gone with a stream of which nothing was kept any more.
  last = tonumber(redis.call('HGET', KEYS[2], 'g:' .. ARGV[1]) or 0)
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], string.format('%.0f-0', last))
end

local taken = {}
local most = tonumber(ARGV[4])
local missed = 0
local cursor = '0-0'
-- It looks at ten times as many as it may claim, and those may all be kept alive: on to the end of what is given.
repeat
  local left = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], cursor, 'COUNT', most - #taken)
  cursor = left[1]
  missed = missed + #(left[3] or {})
  for _, entry in ipairs(left[2]) do
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
    taken[#taken + 1] = {entry[1], pending[1][4], entry[2]}
  end
until cursor == '0-0' or #taken == most
if #taken < most then
  local new = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', most - #taken, 'STREAMS', KEYS[1], '>')
  local given = new and new[1][2] or {}
  for index, entry in ipairs(given) do
    if index == 1 then
      missed = missed + tonumber(string.match(entry[1], '^%d+')) - last - 1
    end
    taken[#taken + 1] = {entry[1], 1, entry[2]}
  end
  if #given > 0 then
    redis.call('HSET', KEYS[2], 'g:' .. ARGV[1], string.match(given[#given][1], '^%d+'))
  end
end
return {line, missed, taken}
