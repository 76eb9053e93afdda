-- list: all sessions of a user. What is over goes.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  it ends when it was not used for so long, ms
-- ARGV[2]  it ends so long after it began, ms
-- Returns {the server's time in ms, and of each session: name, what it holds, `m`}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.call('HGETALL', KEYS[1])
local data = {}
for index = 1, #fields, 2 do
  if string.sub(fields[index], 1, 1) == 'd' then
    data[string.sub(fields[index], 2)] = fields[index + 1]
  end
end
local found = {now}
for index = 1, #fields, 2 do
  if string.sub(fields[index], 1, 1) == 'm' then
    local name, meta = string.sub(fields[index], 2), fields[index + 1]
    local born, seen = string.match(meta, '^(%d+) (%d+)')
    if math.min(seen + ARGV[1], born + ARGV[2]) <= now then
      redis.call('HDEL', KEYS[1], 'm' .. name, 'd' .. name)
    else
      found[#found + 1] = name
      found[#found + 1] = data[name]
      found[#found + 1] = meta
    end
  end
end
return found
