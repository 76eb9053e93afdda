-- take-all: takes units of several limits, all of them or none. By the server's clock, in whole microseconds. What is
-- under a key of gcra, and how it is counted, is that of `take`; a sliding log is a list of what was taken, in the
-- order of time, each `at:before:cost`; before: all units before it.
-- KEYS[...]  the limits
-- ARGV[...]  four for each: its algorithm (gcra, sliding-log), units per period, period in ms, units to take
-- Returns a flat list, five for each: was it there 0|1, remaining units, ms until the units would be allowed, ms until
-- one more, ms until all are free.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function gcra(key, limit, period)
  local latest = now + period
  local rest = period % limit
  local whole = (period - rest) / limit
  local at, part, isMoved = now, 0, false
  local stored = redis.pcall('GET', key)
  if type(stored) == 'string' then
    local known, knownPart = tonumber(stored), 0
    if not known then
      local first, second, of = string.match(stored, '^(%d+):(%d+):(%d+)$')
      known, knownPart = tonumber(first) or 0, tonumber(second)
      if tonumber(of) ~= limit then
        known, knownPart, isMoved = known + 1, 0, true
      end
    end
    if known > latest or (known == latest and knownPart > 0) then
      at, isMoved = latest, true
    elseif known > now or (known == now and knownPart > 0) then
      at, part = known, knownPart
    else
      -- Over, though the key is not yet: a clock that is set back must not bring it back.
      redis.call('DEL', key)
    end
  elseif stored then
    redis.call('DEL', key)
  end
  local function after(units)
    local parts = part + units * rest
    local left = parts % limit
    return at + units * whole + (parts - left) / limit, left
  end
  local count = {}
  function count.has(units)
    local next, left = after(units)
    return next < latest or (next == latest and left == 0)
  end
  function count.wait(units)
    local next, left = after(units)
    return (left > 0 and next + 1 or next) - latest
  end
  function count.take(units)
    at, part = after(units)
    isMoved = true
  end
  function count.free()
    return (part > 0 and at + 1 or at) - now
  end
  function count.keep()
    if isMoved and count.free() > 0 then
      local value = part > 0 and string.format('%.0f:%.0f:%.0f', at, part, limit) or string.format('%.0f', at)
      redis.call('SET', key, value, 'PX', math.ceil(count.free() / 1000))
    end
  end
  function count.remaining()
    local remaining = math.floor((latest - at) / period * limit)
    while remaining > 0 and not count.has(remaining) do
      remaining = remaining - 1
    end
    while count.has(remaining + 1) do
      remaining = remaining + 1
    end
    return remaining
  end
  return count
end

local function log(key, limit, period)
  -- What another algorithm counted is no list, and is forgotten.
  local size = redis.pcall('LLEN', key)
  if type(size) ~= 'number' then
    redis.call('DEL', key)
    size = 0
  end
  local function entry(index)
    local at, before, units = string.match(redis.call('LINDEX', key, index), '^(%d+):(%d+):(%d+)$')
    return tonumber(at), tonumber(before), tonumber(units)
  end
  -- The place of the first entry for which `is` holds; it holds for all after that.
  local function first(is)
    local low, high = 0, size
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
  local function push(before, units)
    redis.call('RPUSH', key, string.format('%.0f:%.0f:%.0f', now, before, units))
    redis.call('PEXPIRE', key, period / 1000)
    size = size + 1
  end
  local used, total, last = 0, 0, now
  if size > 0 then
    local before, units
    last, before, units = entry(size - 1)
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
      size = ahead
      push(beforeAhead, total - beforeAhead)
      last = now
    end
    if entry(0) <= now - period then
      local alive = first(function(at)
        return at > now - period
      end)
      redis.call('LTRIM', key, alive, -1)
      size = size - alive
    end
    if size > 0 then
      local _, beforeFirst = entry(0)
      used = total - beforeFirst
    end
  end
  local count = {}
  function count.has(units)
    return used + units <= limit
  end
  function count.wait(units)
    local overThen = total + units - limit
    local next = first(function(_, before)
      return before >= overThen
    end)
    return entry(next - 1) + period - now
  end
  function count.take(units)
    push(total, units)
    last, total, used = now, total + units, used + units
  end
  function count.free()
    return used > 0 and last + period - now or 0
  end
  function count.keep() end
  function count.remaining()
    return math.max(0, limit - used)
  end
  return count
end

local looked = {}
local all = true
for index, key in ipairs(KEYS) do
  local limit, cost = tonumber(ARGV[index * 4 - 2]), tonumber(ARGV[index * 4])
  local open = ARGV[index * 4 - 3] == 'gcra' and gcra or log
  local count = open(key, limit, ARGV[index * 4 - 1] * 1000)
  looked[index] = { count = count, limit = limit, cost = cost, has = count.has(cost) }
  all = all and looked[index].has
end
local answers = {}
for _, each in ipairs(looked) do
  local count, has = each.count, each.has
  if all then
    count.take(each.cost)
  end
  count.keep()
  local remaining = count.remaining()
  table.insert(answers, has and 1 or 0)
  table.insert(answers, remaining)
  table.insert(answers, has and 0 or math.ceil(count.wait(each.cost) / 1000))
  table.insert(answers, remaining < each.limit and math.ceil(count.wait(remaining + 1) / 1000) or 0)
  table.insert(answers, math.ceil(count.free() / 1000))
end
return answers
