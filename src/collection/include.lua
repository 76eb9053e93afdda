-- include: adds members to a set, all or none, up to a bound.
-- KEYS[1]  the set
-- ARGV[1]  the most members that it may have
-- ARGV[2]  how long it is kept from now on, ms; empty: for good
-- ARGV[3]  a member; and so on
-- Returns how many were new; -1 when there would be more than the bound.
local members = {unpack(ARGV, 3)}
local present = 0
for _, flag in ipairs(redis.call('SMISMEMBER', KEYS[1], unpack(members))) do
  present = present + flag
end
-- A member that is given twice counts twice here: callers give each once.
local new = #members - present
if new > 0 and redis.call('SCARD', KEYS[1]) + new > tonumber(ARGV[1]) then
  return -1
end
redis.call('SADD', KEYS[1], unpack(members))
if ARGV[2] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return new
