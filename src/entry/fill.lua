-- fill: stores loaded values, each if its own load was not overtaken.
-- For the n-th value:
-- KEYS[2n-1]  the entry
-- KEYS[2n]    its ticket
-- ARGV[5n-4]  the ticket of this load
-- ARGV[5n-3]  token of the entry to replace; `-` for none, `?` for something that is no entry
-- ARGV[5n-2]  age of the load, ms
-- ARGV[5n-1]  how long to keep the entry, ms
-- ARGV[5n]    the entry from its ttl on
-- Returns a list: 1 for each that was stored, 0 when its load was overtaken.
-- What others keep under one of these keys may be of another type. That must not spoil the rest, hence pcall.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = {}
for n = 1, #KEYS / 2 do
  local entry, ticket = KEYS[2 * n - 1], KEYS[2 * n]
  local mine, base = ARGV[5 * n - 4], ARGV[5 * n - 3]
  stored[n] = 0
  if redis.pcall('GET', ticket) == mine then
    redis.call('DEL', ticket)
    local same
    if base == '-' then
      same = redis.call('EXISTS', entry) == 0
    elseif base == '?' then
      same = redis.call('EXISTS', entry) == 1 and redis.pcall('GETRANGE', entry, 0, 2) ~= 'V1 '
    else
      same = redis.pcall('GETRANGE', entry, 0, #base + 3) == 'V1 ' .. base .. ' '
    end
    if same then
      local born = now - ARGV[5 * n - 2]
      redis.call('SET', entry, string.format('V1 %s %.0f ', mine, born) .. ARGV[5 * n], 'PX', ARGV[5 * n - 1])
      stored[n] = 1
    end
  end
end
return stored
