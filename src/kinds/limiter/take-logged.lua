-- take-logged: takes units of a limit, if they are there, by a log of what was taken. By the server's clock, in
-- whole microseconds.
-- KEYS[1]  the limit: a list of what was taken, in the order of time, each `at:before:cost`; before: all units before it
-- ARGV[1]  units per period
-- ARGV[2]  period, ms
-- ARGV[3]  units to take
-- Returns {allowed 0|1, remaining units, ms until the units would be allowed, ms until one more, ms until all are free}.
local key = KEYS[1]
local limit = tonumber(ARGV[1])
local period = ARGV[2] * 1000
local cost = tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- What another algorithm counted is no list, and is forgotten.
local count = redis.pcall('LLEN', key)
if type(count) ~= 'number' then
  redis.call('DEL', key)
  count = 0
end
local function entry(index)
  local at, before, units = string.match(redis.call('LINDEX', key, index), '^(%d+):(%d+):(%d+)$')
  return tonumber(at), tonumber(before), tonumber(units)
end
-- The place of the first entry for which `is` holds; it holds for all after that.
local function first(is)
  local low, high = 0, count
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is(entry(middle)) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end
local function push(at, before, units)
  redis.call('RPUSH', key, string.format('%.0f:%.0f:%.0f', at, before, units))
  redis.call('PEXPIRE', key, ARGV[2])
  count = count + 1
end

local used, total, last = 0, 0, now
if count > 0 then
  local before, units
  last, before, units = entry(count - 1)
  total = before + units
  if last > now then
    -- The clock was set back: what was taken later than now was taken now.
    local ahead = first(function(at)
      return at > now
    end)
    local _, beforeAhead = entry(ahead)
    if ahead == 0 then
      redis.call('DEL', key)
    else
      redis.call('LTRIM', key, 0, ahead - 1)
    end
    count = ahead
    push(now, beforeAhead, total - beforeAhead)
    last = now
  end
  if entry(0) <= now - period then
    local alive = first(function(at)
      return at > now - period
    end)
    redis.call('LTRIM', key, alive, -1)
    count = count - alive
  end
  if count > 0 then
    local _, beforeFirst = entry(0)
    used = total - beforeFirst
  end
end

local function waitFor(units)
  local overThen = total - used + units
  local next = first(function(_, before)
    return before >= overThen
  end)
  return math.ceil((entry(next - 1) + period - now) / 1000)
end

local allowed, wait = 0, 0
if used + cost <= limit then
  allowed, last = 1, now
  push(now, total, cost)
  total, used = total + cost, used + cost
else
  wait = waitFor(used + cost - limit)
end
local remaining = math.max(0, limit - used)
local next = used > 0 and waitFor(used + remaining + 1 - limit) or 0
return {allowed, remaining, wait, next, used > 0 and math.ceil((last + period - now) / 1000) or 0}
