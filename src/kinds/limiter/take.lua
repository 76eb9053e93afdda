-- take: takes units of limits, of each if they are there, by GCRA. By the server's clock, in whole microseconds.
-- KEYS[...]  the limits: their theoretical arrival times, `at` or `at:part:of`, for at + part/of
-- ARGV[...]  three for each: units per period, period in ms, units to take
-- Returns a flat list, five for each: allowed 0|1, remaining units, ms until the units would be allowed, ms until one
-- more, ms until all are free.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers, answered = {}, 0
for index = 1, #KEYS do
  local key = KEYS[index]
  local limit, period, cost = tonumber(ARGV[index * 3 - 2]), ARGV[index * 3 - 1] * 1000, tonumber(ARGV[index * 3])
  -- A unit takes whole + rest/limit microseconds. All numbers stay whole and below 2^53: nothing is rounded.
  local rest = period % limit
  local whole = (period - rest) / limit

  local at, part, isMoved = now, 0, false
  -- What another algorithm counted is no string, and is forgotten.
  local stored = redis.pcall('GET', key)
  if type(stored) == 'string' then
    local known, knownPart = tonumber(stored), 0
    if not known then
      local first, second, of = string.match(stored, '^(%d+):(%d+):(%d+)$')
      known, knownPart = tonumber(first) or 0, tonumber(second)
      -- The rest of a microsecond is that of another rate: it counts as a whole one.
      if tonumber(of) ~= limit then
        known, knownPart, isMoved = known + 1, 0, true
      end
    end
    local latest = now + period
    if known > latest or (known == latest and knownPart > 0) then
      -- A clock that was set back, or a rate that was lowered, must not deny for longer than a period. This moment is
      -- kept, or it would be a period from every call on.
      at, isMoved = latest, true
    elseif known >= now then
      at, part = known, knownPart
    end
  elseif stored then
    redis.call('DEL', key)
  end

  -- How many fit into what is left of the period; how long until one more does; where the arrival time then is.
  local left = now + period - at
  local remaining, missing, takes, takesPart
  if rest == 0 and part == 0 then
    remaining = math.floor(left / whole)
    missing = (remaining + 1) * whole - left
    takes, takesPart = cost * whole, 0
  else
    local function span(units)
      local parts = part + units * rest
      local over = parts % limit
      return units * whole + (parts - over) / limit, over
    end
    local function fits(units)
      local long, over = span(units)
      return long < left or (long == left and over == 0)
    end
    -- The division rounds, and is put right.
    remaining = math.floor(left / period * limit)
    while remaining > 0 and not fits(remaining) do
      remaining = remaining - 1
    end
    while fits(remaining + 1) do
      remaining = remaining + 1
    end
    local long, over = span(remaining + 1)
    missing = (over > 0 and long + 1 or long) - left
    takes, takesPart = span(cost)
  end

  local allowed, wait = 0, 0
  if cost <= remaining then
    allowed, isMoved = 1, true
    at, part, remaining = at + takes, takesPart, remaining - cost
  else
    wait = math.ceil(((takesPart > 0 and takes + 1 or takes) - left) / 1000)
  end
  local free = math.ceil(((part > 0 and at + 1 or at) - now) / 1000)
  if isMoved and free > 0 then
    redis.call('SET', key, part > 0 and string.format('%.0f:%.0f:%.0f', at, part, limit) or at, 'PX', free)
  end
  answers[answered + 1] = allowed
  answers[answered + 2] = remaining
  answers[answered + 3] = wait
  answers[answered + 4] = remaining < limit and math.ceil(missing / 1000) or 0
  answers[answered + 5] = free
  answered = answered + 5
end
return answers
