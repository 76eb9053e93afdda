-- score: sets or adds to scores of a ranking, all or none, up to a bound on its members.
-- KEYS[1]  the ranking
-- ARGV[1]  set, or add
-- ARGV[2]  the most members that it may have
-- ARGV[3]  which end is dropped beyond that: highest, or lowest; empty: nothing is, and the change is refused
-- ARGV[4]  1: scores are whole numbers, and must stay below 2^53
-- ARGV[5]  how long it is kept from now on, ms; empty: for good
-- ARGV[6]  a member, ARGV[7] its score; and so on
-- Returns 0 and the score of each member afterwards, nothing for one that was dropped; or a number alone: 1 when there
-- would be too many members, 2 when a score would leave its range. Then nothing is changed.
local members = {}
local scores = {}
for index = 6, #ARGV, 2 do
  members[#members + 1] = ARGV[index]
  scores[#scores + 1] = ARGV[index + 1]
end
local before = redis.call('ZMSCORE', KEYS[1], unpack(members))
local most = ARGV[4] == '1' and 9007199254740991 or 1.7976931348623157e308
local new = 0
for index = 1, #members do
  local present = before[index]
  if not present then
    new = new + 1
  end
  if ARGV[1] == 'add' and math.abs((tonumber(present or '0')) + tonumber(scores[index])) > most then
    return {2}
  end
end
local over = redis.call('ZCARD', KEYS[1]) + new - tonumber(ARGV[2])
if ARGV[3] == '' and new > 0 and over > 0 then
  return {1}
end
for index, member in ipairs(members) do
  if ARGV[1] == 'add' then
    redis.call('ZINCRBY', KEYS[1], scores[index], member)
  else
    redis.call('ZADD', KEYS[1], scores[index], member)
  end
end
if over > 0 and ARGV[3] == 'lowest' then
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, over - 1)
elseif over > 0 and ARGV[3] == 'highest' then
  redis.call('ZREMRANGEBYRANK', KEYS[1], -over, -1)
end
if ARGV[5] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return {0, unpack(redis.call('ZMSCORE', KEYS[1], unpack(members)))}
