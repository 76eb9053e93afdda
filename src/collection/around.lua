-- around: a member of a ranking, and those before and after it.
-- KEYS[1]  the ranking
-- ARGV[1]  the member
-- ARGV[2]  which end comes first: highest, or lowest
-- ARGV[3]  how many before it and after it at most
-- Returns how many come before the first, then member and score of each; nothing when the member is not in.
local isReverse = ARGV[2] == 'highest'
local place = redis.call(isReverse and 'ZREVRANK' or 'ZRANK', KEYS[1], ARGV[1])
if not place then
  return false
end
local from = math.max(0, place - ARGV[3])
local range = isReverse and 'ZREVRANGE' or 'ZRANGE'
return {from, unpack(redis.call(range, KEYS[1], from, place + ARGV[3], 'WITHSCORES'))}
