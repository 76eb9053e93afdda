-- count: adds to a count of 64 bits.
-- KEYS[1]  the count
-- ARGV[1]  how much: a whole number
-- ARGV[2]  how long it is kept from now on, ms; empty: for good
-- Returns the count afterwards, as text: a number of Lua has 53 bits. Nothing when it would leave 64 bits.
local added = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(added) == 'table' then
  if string.find(added.err, 'overflow', 1, true) then
    return false
  end
  return added
end
if ARGV[2] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('GET', KEYS[1])
