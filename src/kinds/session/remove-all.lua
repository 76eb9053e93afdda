-- remove-all: ends all sessions of a user, or all but some.
-- KEYS[1]  the sessions of one user, as `add` has them
-- ARGV[1]  it ends when it was not used for so long, ms
-- ARGV[2]  it ends so long after it began, ms
-- ARGV[3]  the name of the one that stays; empty for none
-- ARGV[4]  those with a greater stamp stay, too; empty: whatever their stamps
-- Returns how many ended.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 1) == 'm' then
    local born, seen, stamp = string.match(redis.call('HGET', KEYS[1], field), '^(%d+) (%d+) %d+ (%d+)$')
    local alive = math.min(seen + ARGV[1], born + ARGV[2]) > now
    local stays = field == 'm' .. ARGV[3] or (ARGV[4] ~= '' and tonumber(stamp) > tonumber(ARGV[4]))
    if not alive or not stays then
      redis.call('HDEL', KEYS[1], field, 'd' .. string.sub(field, 2))
    end
    if alive and not stays then
      ended = ended + 1
    end
  end
end
return ended
